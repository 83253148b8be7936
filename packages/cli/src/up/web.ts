import { once } from "node:events";
import { userInfo } from "node:os";
import { serve } from "@hono/node-server";
import { type ActPorts, actApi, localGuard, type ReadPorts, readApi } from "@plp/history/api";
import { permanent } from "@plp/runtime";
import { Hono } from "hono";

export interface Web {
  readonly url: string;
  stop(): Promise<void>;
}

/** The page and the API of the history on 127.0.0.1, for the person whose machine it is. */
export async function startWeb(ports: ReadPorts & ActPorts, port: number): Promise<Web> {
  const { username } = userInfo();
  const guard = localGuard({ id: username, name: username });
  const [reads, acts] = [readApi({ ports, guard }), actApi({ ports, guard })];
  const app = new Hono();
  app.post("*", (context) => acts.fetch(context.req.raw));
  app.all("*", (context) => reads.fetch(context.req.raw));
  const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" });
  try {
    if (!server.listening) await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw permanent(
      "port-taken",
      `port ${port} of 127.0.0.1 is taken by another process; give another --port`,
    );
  }
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
