/** Longer than the people who decide stay; after it the daily checkpoints may be thrown away. */
const retentionYears = 10;

/**
 * The write-once bucket of daily checkpoints: who rewrites a stream in the table cannot rewrite its head here. In production
 * nobody, not even the root of the account, deletes or shortens a version before its time; in a trial stage a day is enough.
 */
export function checkpoints(options: { readonly production: boolean }) {
  const bucket = new sst.aws.Bucket("Checkpoints", {
    versioning: true,
    enforceHttps: true,
    cors: false,
    transform: {
      bucket: (args, resource) => {
        args.forceDestroy = false;
        args.objectLockEnabled = true;
        resource.protect = options.production;
      },
    },
  });
  new aws.s3.BucketObjectLockConfiguration("CheckpointsLock", {
    bucket: bucket.name,
    rule: {
      defaultRetention: options.production
        ? { mode: "COMPLIANCE", years: retentionYears }
        : { mode: "GOVERNANCE", days: 1 },
    },
  });
  return bucket;
}

export type Checkpoints = ReturnType<typeof checkpoints>;
