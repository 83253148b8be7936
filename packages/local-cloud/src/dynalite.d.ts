declare module "dynalite" {
  import type { Server } from "node:http";

  /** `close` also closes the store, once every connection has ended. */
  export default function dynalite(options: {
    readonly path: string;
    readonly createTableMs: number;
  }): Server;
}
