import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { Worker } from "node:worker_threads";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import type { RunningServer } from "./aws/http.ts";
import { hubCredentials } from "./aws/signature.ts";

export const region = "us-east-1";

export interface TableOptions {
  readonly dir: string;
  readonly definition: CreateTableCommandInput;
}

/**
 * DynamoDB on disk (dynalite in a thread of this process), with the table created when it is absent. One process at a
 * time may open the folder: the state directory's lock sees to that, and a thread ends with its process however that ends.
 */
export async function startTable(options: TableOptions): Promise<RunningServer> {
  mkdirSync(options.dir, { recursive: true });
  const worker = new Worker(new URL("./table-worker.ts", import.meta.url), {
    workerData: { dir: options.dir },
  });
  const [port]: [number] = (await once(worker, "message")) as [number];
  const url = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ endpoint: url, region, credentials: hubCredentials });
  const stop = async () => {
    const ended = once(worker, "exit");
    worker.postMessage("stop");
    await ended;
  };
  try {
    await client.send(new CreateTableCommand(options.definition));
    await untilActive(client, options.definition.TableName);
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceInUseException")) {
      await stop();
      throw error;
    }
  } finally {
    client.destroy();
  }
  return { url, port, stop };
}

/** dynalite makes a table a moment after it said so, and until then knows nothing of it. */
async function untilActive(client: DynamoDBClient, name: string | undefined): Promise<void> {
  const describe = new DescribeTableCommand({ TableName: name });
  while ((await client.send(describe)).Table?.TableStatus !== "ACTIVE");
}
