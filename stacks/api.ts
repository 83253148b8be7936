import { answering } from "./functions.ts";
import type { HttpEntry, Parts } from "./parts.ts";

/**
 * The HTTP API. Who calls is decided by the function behind a route; here only how much of it: a flood is refused
 * before it costs a function, and far above what GitLab's hooks and the people of an organization need.
 */
export function api(wanted: readonly (readonly [string, HttpEntry])[], parts: Parts) {
  const gateway = new sst.aws.ApiGatewayV2("Api", {
    cors: false,
    accessLog: { retention: "1 year" },
    transform: {
      stage: (args) => {
        args.defaultRouteSettings = { throttlingRateLimit: 50, throttlingBurstLimit: 100 };
      },
    },
  });
  for (const [name, entry] of wanted) {
    const made = answering(name, entry, parts);
    for (const route of entry.routes) gateway.route(route, made.arn);
  }
  return gateway;
}

export type Api = ReturnType<typeof api>;
