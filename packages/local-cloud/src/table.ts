import { mkdirSync } from "node:fs";
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { closeServer, listen, type RunningServer } from "./aws/http.ts";
import { hubCredentials } from "./aws/signature.ts";

export const region = "us-east-1";

export interface TableOptions {
  readonly dir: string;
  readonly port?: number;
  readonly definition: CreateTableCommandInput;
}

/**
 * DynamoDB on disk (dynalite), with the table created when it is absent. One process at a time may open the folder:
 * the state directory's lock sees to that.
 */
export async function startTable(options: TableOptions): Promise<RunningServer> {
  mkdirSync(options.dir, { recursive: true });
  const server = dynalite({ path: options.dir, createTableMs: 0 });
  const closeStore = server.close.bind(server);
  const port = await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ endpoint: url, region, credentials: hubCredentials });
  try {
    await client.send(new CreateTableCommand(options.definition));
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceInUseException")) {
      await closeServer(server);
      throw error;
    }
  } finally {
    client.destroy();
  }
  return {
    url,
    port,
    stop: () =>
      new Promise((resolve, reject) => {
        closeStore((error?: Error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
