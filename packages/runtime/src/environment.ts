import * as z from "zod";
import { logLevels } from "./log.ts";
import { invalid, problemsOf } from "./problems.ts";
import { settingsSchema } from "./settings-schema.ts";

const queueText =
  'the URL of an SQS queue such as "https://sqs.eu-central-1.amazonaws.com/111122223333/plp-merge"';
const queueUrl = z
  .string({ error: queueText })
  .regex(/^https?:\/\/[^\s/]+\/\d{12}\/[\w-]{1,80}(?:\.fifo)?$/, queueText);
const queuesText = "the queues as JSON: { base: URL, names: { name: [queue, dead letters] } }";
const queueUrls = z
  .string({ error: queuesText })
  .transform((text) => jsonOf(text))
  .pipe(
    z.strictObject(
      { base: z.url(), names: z.record(z.string(), z.tuple([z.string(), z.string()])) },
      { error: queuesText },
    ),
  )
  .transform(({ base, names }) =>
    Object.fromEntries(
      Object.entries(names).map(([name, [queue, dead]]) => [
        name,
        { queue: `${base}${queue}`, dead: `${base}${dead}` },
      ]),
    ),
  );
const keyText = "a key of 32 to 400 characters";
const tableText = "the name of a DynamoDB table (3 to 255 characters)";
const checkpointsText = "the name of the write-once S3 bucket of checkpoints";
const bucketText = "the name of an S3 bucket or folder of blobs";
const tokenText = "a GitLab access token (8 to 400 characters without spaces)";
const namespaceText = "a namespace of CloudWatch (1 to 255 of letters, digits and .-_/#:)";
const secretText =
  "the secret of the web hook (16 to 200 characters without spaces), or two of them with a space between";
const notifyText = "the https address of a web hook of a chat (http on this machine)";
const fileText = "a file to write log lines to";

const settings = z.string({ error: "the settings as JSON" }).transform((text, context) => {
  const input = jsonOf(text);
  if (input === undefined) {
    context.addIssue({ code: "custom", message: "the settings as JSON", params: { given: "no JSON" } });
    return z.NEVER;
  }
  const result = settingsSchema.safeParse(input);
  if (result.success) return result.data;
  for (const { path, given, expected } of problemsOf(result.error, input)) {
    context.addIssue({ code: "custom", message: expected, path: [path], params: { given } });
  }
  return z.NEVER;
});

/** The variables that handlers know; each handler's schema picks its own: `z.object({ PLP_TABLE: variables.PLP_TABLE })`. */
export const variables = {
  PLP_TABLE: z.string({ error: tableText }).regex(/^[\w.-]{3,255}$/, tableText),
  PLP_BLOBS: z.string({ error: bucketText }).min(1, bucketText),
  PLP_CHECKPOINTS: z.string({ error: checkpointsText }).min(1, checkpointsText),
  PLP_QUEUE_ROUNDS: queueUrl,
  PLP_QUEUE_APPLICATIONS: queueUrl,
  PLP_QUEUE_ANALYSIS: queueUrl,
  PLP_QUEUE_TRAIL: queueUrl,
  PLP_QUEUE_MERGE: queueUrl,
  PLP_QUEUE_PUBLISH: queueUrl,
  PLP_QUEUE_INDEX: queueUrl,
  PLP_QUEUE_REVIEWS: queueUrl,
  /** Every queue with its dead letters, by name. */
  PLP_QUEUES: queueUrls,
  /** What the API signs its cursors with. */
  PLP_CURSOR_KEY: z.string({ error: keyText }).min(32, keyText).max(400, keyText),
  /** Where `consume` puts what the function's own queue delivers but nobody can read. */
  PLP_DEAD_LETTERS: queueUrl,
  PLP_GITLAB_TOKEN: z.string({ error: tokenText }).regex(/^\S{8,400}$/, tokenText),
  /** What GitLab sends with its hooks; during a rotation the new one and the old one. */
  PLP_HOOK_SECRET: z
    .string({ error: secretText })
    .regex(/^\S{16,200}(?: \S{16,200})?$/, secretText)
    .transform((text) => text.split(" ")),
  /** Where the chat is told; whoever knows it may write there. */
  PLP_NOTIFY_SECRET: z
    .string({ error: notifyText })
    .regex(/^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost)[:/])\S{1,1000}$/, notifyText)
    .optional(),
  /** The parsed `plp.config.ts`, as JSON. */
  PLP_SETTINGS: settings,
  AWS_REGION: z
    .string({ error: "an AWS Region" })
    .regex(/^[a-z0-9-]{5,30}$/, 'an AWS Region such as "eu-central-1"'),
  /** Where metrics go; without it they are lines of the log. */
  PLP_METRICS: z
    .string({ error: namespaceText })
    .regex(/^[\w./#:-]{1,255}$/, namespaceText)
    .optional(),
  /** Local runs write their JSON lines there instead of to Lambda's log. */
  PLP_LOG_FILE: z.string({ error: fileText }).min(1, fileText).optional(),
  PLP_LOG_LEVEL: z.enum(logLevels, { error: '"debug", "info", "warn" or "error"' }).default("info"),
} as const;

/**
 * What a function needs from its environment, by one schema. Throws the permanent fault "environment-invalid" that
 * names every variable that is missing or wrong; the value of a secret is never part of it.
 */
export function readEnvironment<Schema extends z.ZodObject>(
  environment: Readonly<Record<string, string | undefined>>,
  schema: Schema,
): z.output<Schema> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw invalid("environment-invalid", "The environment", problemsOf(result.error, environment));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
