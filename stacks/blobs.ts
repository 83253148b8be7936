/**
 * The bucket of content-addressed blobs (whole analyses, bulky commits). Its keys are hashes of what they hold, so nothing is ever
 * overwritten with something else; versions are kept all the same, because the history must survive a mistake.
 */
export function blobs(options: { readonly production: boolean }) {
  return new sst.aws.Bucket("Blobs", {
    versioning: true,
    enforceHttps: true,
    cors: false,
    transform: {
      bucket: (args, resource) => {
        args.forceDestroy = false;
        resource.protect = options.production;
      },
    },
  });
}

export type Blobs = ReturnType<typeof blobs>;
