import type { Settings } from "@plp/runtime";
import { Hono } from "hono";
import { tokenGuard } from "./api/guard-token.ts";
import type { ReadPorts } from "./api/ports.ts";
import { readApi } from "./api/read-api.ts";
import { type LoginOptions, login } from "./login/login.ts";

interface ServedOptions {
  readonly ports: ReadPorts;
  /** Null: nobody is let in. */
  readonly access: Settings["api"] | null;
  /** The identity provider, for tests. */
  readonly provider?: Pick<LoginOptions, "keys" | "fetch">;
}

/** API and page as AWS serves them: for tokens of members, and, where the settings say how, for people who sign in. */
export function served({ ports, access = null, provider = {} }: ServedOptions): Hono {
  const app = new Hono();
  const guard = tokenGuard(access, provider.keys);
  const entry =
    access?.login === undefined
      ? null
      : login({
          ...{ access: { ...access, login: access.login }, secret: ports.cursorKey },
          ...{ clock: ports.clock, log: ports.log, ...provider },
        });
  if (entry !== null) app.route("/", entry.app);
  const api = readApi({ ports, guard: entry?.around(guard) ?? guard });
  app.all("*", (context) => api.fetch(context.req.raw));
  return app;
}
