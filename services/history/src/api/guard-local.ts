import type { MiddlewareHandler } from "hono";
import type { ApiEnv, Caller } from "./ports.ts";

/** Names of this machine under which a browser may ask. */
const HERE = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

/**
 * On one machine, behind 127.0.0.1, there are no tokens. A page of somebody else's that the browser shows must reach
 * nothing all the same: its host would be another name (DNS rebinding), its origin would not be ours.
 */
export function localGuard(caller: Caller): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const host = context.req.header("host") ?? "";
    const origin = context.req.header("origin");
    const isOurs = HERE.test(host) && (origin === undefined || origin === `http://${host}`);
    if (!isOurs)
      return context.json(
        { error: { code: "forbidden", message: "Only this machine's own pages and programs may ask." } },
        403,
      );
    context.set("caller", caller);
    return next();
  };
}
