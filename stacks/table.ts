/**
 * The one table: commits, usage items and index items by `pk` and `sk`. DynamoDB removes the items whose `ttl` (seconds
 * since 1970) has passed; only run and usage items have one. Point-in-time recovery is on in every stage; in production
 * the table can be neither deleted nor replaced by a deployment.
 */
export function table(options: { readonly production: boolean }) {
  return new sst.aws.Dynamo("Table", {
    fields: { pk: "string", sk: "string" },
    primaryIndex: { hashKey: "pk", rangeKey: "sk" },
    ttl: "ttl",
    deletionProtection: options.production,
    transform: {
      table: (args, resource) => {
        args.pointInTimeRecovery = { enabled: true };
        resource.protect = options.production;
      },
    },
  });
}

export type Table = ReturnType<typeof table>;
