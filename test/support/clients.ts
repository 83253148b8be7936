import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** What the calls of a client have cost so far, in DynamoDB's units. */
export interface Meter {
  requests: number;
  reads: number;
  writes: number;
}

interface Units {
  readonly CapacityUnits?: number;
}

interface Consumed {
  /** A batch has one for each table. */
  readonly ConsumedCapacity?: Units | readonly Units[];
}

/** Asks for the consumed capacity of every call of the client and adds it up. */
export function metered(client: DynamoDBClient): Meter {
  const meter: Meter = { requests: 0, reads: 0, writes: 0 };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const input = { ...args.input, ReturnConsumedCapacity: "TOTAL" };
      const answer = await next({ ...args, input } as typeof args);
      const { ConsumedCapacity = [] } = answer.output as Consumed;
      const reading = /^(Get|Query|Scan)/.test(context.commandName as string);
      meter.requests += 1;
      for (const { CapacityUnits = 0 } of [ConsumedCapacity].flat())
        meter[reading ? "reads" : "writes"] += CapacityUnits;
      return answer;
    },
    { step: "initialize", name: "meter" },
  );
  return meter;
}

/**
 * Makes the connection break after the server has answered: the SDK sees a lost reply, as often as `lose` says so for
 * the operation, and retries by its own rules.
 */
export function losingReplies(client: DynamoDBClient, lose: (operation: string) => boolean): DynamoDBClient {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args).catch((error: Error) => error);
      if (!lose(context.commandName as string)) {
        if (answer instanceof Error) throw answer;
        return answer;
      }
      throw Object.assign(new Error("socket hang up"), { name: "TimeoutError", code: "ECONNRESET" });
    },
    { step: "deserialize", priority: "high", name: "losing-replies" },
  );
  return client;
}
