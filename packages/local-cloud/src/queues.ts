import { permanent } from "@plp/runtime";
import { hubAccount } from "./aws/signature.ts";
import { openFauxqs, type QueueState } from "./fauxqs.ts";

/** A queue and its dead letters, as `packages/messaging` describes them for AWS too. */
export interface LocalQueueDefinition {
  /** The name that code uses, e.g. `analysis`. */
  readonly name: string;
  /** The queue's name in SQS. */
  readonly title: string;
  readonly deadTitle: string;
  readonly attributes: (deadLetterArn: string) => Readonly<Record<string, string>>;
  readonly deadAttributes: Readonly<Record<string, string>>;
}

export interface LocalQueue {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly arn: string;
  readonly deadUrl: string;
}

export interface LocalQueues {
  readonly url: string;
  readonly port: number;
  readonly queues: readonly LocalQueue[];
  /** Without a call: what the queue, or its dead letters, holds at this moment. */
  state(name: string, part?: "queue" | "dead-letters"): QueueState;
  /** Ends all waiting receives at once, with what there is. */
  release(): void;
  stop(): Promise<void>;
}

export interface QueuesOptions {
  readonly dir: string;
  readonly port?: number;
  readonly region: string;
  readonly definitions: readonly LocalQueueDefinition[];
}

/** SQS on disk (fauxqs in this process), with every queue, its dead letters and its redrive policy. */
export async function startQueues(options: QueuesOptions): Promise<LocalQueues> {
  const { app, sqs, close } = await openFauxqs(options.dir, options.region);
  let port: number;
  try {
    await app.listen({ port: options.port ?? 0, host: "127.0.0.1" });
    const address = app.server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  } catch (error) {
    close();
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw permanent("port-taken", `port ${options.port} of 127.0.0.1 is taken by another process`);
  }
  const url = `http://127.0.0.1:${port}`;
  const arnOf = (title: string) => `arn:aws:sqs:${options.region}:${hubAccount}:${title}`;

  function ensure(title: string, attributes: Readonly<Record<string, string>>): string {
    const queueUrl = `${url}/${hubAccount}/${title}`;
    const known = sqs.getQueueByName(title);
    if (known === undefined) sqs.createQueue(title, queueUrl, arnOf(title), { ...attributes });
    else known.url = queueUrl;
    return queueUrl;
  }

  const queues = options.definitions.map((definition): LocalQueue => {
    const { name, title, deadTitle } = definition;
    const deadUrl = ensure(deadTitle, definition.deadAttributes);
    const queueUrl = ensure(title, definition.attributes(arnOf(deadTitle)));
    return { name, title, url: queueUrl, arn: arnOf(title), deadUrl };
  });
  const titles = new Map(
    options.definitions.map(({ name, title, deadTitle }) => [name, { title, deadTitle }]),
  );

  return {
    url,
    port,
    queues,
    state(name, part = "queue") {
      const title = part === "queue" ? titles.get(name)?.title : titles.get(name)?.deadTitle;
      const held = title === undefined ? undefined : sqs.getQueueByName(title)?.inspectMessages();
      if (held === undefined) throw permanent("no-such-queue", `there is no queue "${name}"`);
      return { ready: held.ready.length, inFlight: held.inflight.length, delayed: held.delayed.length };
    },
    release: () => sqs.shutdown(),
    async stop() {
      await app.close();
      close();
    },
  };
}
