import * as z from "zod";
import { badInput } from "../bad-input.ts";
import type { Confirm } from "../confirm.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import { conditionText, resourceText } from "../render/permission.ts";
import type { Api } from "../state/api.ts";

const permission = z.object({
  action: z.string(),
  resource: z.string(),
  condition: z.record(z.string(), z.record(z.string(), z.array(z.string()))).nullable(),
});
const rollback = z.looseObject({
  ...{ order: z.string().nullable(), roleArn: z.string(), application: z.string(), environment: z.string() },
  ...{ version: z.number(), only: z.array(z.string()).nullable() },
  ...{ added: z.array(permission), removed: z.array(permission), forbidden: z.array(permission) },
  refusedBefore: z.array(
    permission.extend({
      at: z.string(),
      by: z.string().nullable(),
      mergeRequest: z.object({ iid: z.number(), url: z.string() }),
    }),
  ),
  questions: z.array(z.object({ kind: z.string(), detail: z.string() })),
  waitsFor: z.object({ kind: z.string(), iid: z.number(), url: z.string() }).nullable(),
});
type Rollback = z.infer<typeof rollback>;

export interface RollbackOptions {
  readonly to: number;
  /** Only these actions. */
  readonly only: readonly string[];
  /** Only say what it would change. */
  readonly dryRun?: boolean | undefined;
}

/**
 * `plp rollback`: asks the running system for a request that brings a role's policy back to an earlier one; a person sees
 * first what it would change. `confirm` null: it is wanted without a question.
 */
export async function askForRollback(
  api: Api,
  role: string,
  { to: version, only, dryRun }: RollbackOptions,
  confirm: Confirm | null,
): Promise<Answer> {
  const wish = { role, version, ...(only.length > 0 ? { only } : {}) };
  const look = async () =>
    rollback.parse(await api.post("/api/rollbacks", { ...wish, dryRun: true })) satisfies Rollback;
  if (dryRun === true) {
    const json = await look();
    return { json, people: (style) => preview(style, json) };
  }
  if (confirm !== null) {
    const shown = await look();
    const isWanted = await confirm((style) => preview(style, shown));
    if (isWanted === null)
      throw badInput("plp rollback asks before it opens a request: give --yes, or --dry-run to look only");
    if (!isWanted) return { json: shown, people: () => "Nothing was asked for." };
  }
  const json = rollback.parse(await api.post("/api/rollbacks", wish));
  return { json, people: (style) => asked(style, json, confirm === null) };
}

function preview(style: Style, json: Rollback): string {
  const { roleArn, application, environment, version, only, added, removed } = json;
  const row = (sign: string) => (one: Rollback["added"][number]) => [
    sign,
    [one.action, conditionText(one.condition)].filter((part) => part !== "").join("\n  "),
    resourceText(one.resource),
  ];
  const rows = [...added.map(row(style.good("+"))), ...removed.map(row(style.bad("-")))];
  const what = only === null ? "" : `, only ${only.join(", ")}`;
  return [
    `${style.bold(`${application} ${environment}`)}  ${roleArn}`,
    "",
    `  Back to version ${version}${what}: ${plural(added.length, "permission")} ${added.length === 1 ? "returns" : "return"}, ${removed.length} ${removed.length === 1 ? "goes" : "go"}; nothing else changes (proved).`,
    "",
    table(style, ["", "permission", "on"], rows, { shrink: { column: 2, keep: "end" } }),
    ...remarks(style, json),
  ].join("\n");
}

function remarks(style: Style, { refusedBefore, forbidden, questions, waitsFor }: Rollback): string[] {
  const lines = [
    ...refusedBefore.map(
      ({ action, resource, by, mergeRequest }) =>
        `${style.warn("refused before")}  ${action} on ${resourceText(resource)}, by ${by ?? "somebody"} in !${mergeRequest.iid}`,
    ),
    ...forbidden.map(
      ({ action, resource }) =>
        `${style.warn("stays away")}  ${action} on ${resourceText(resource)}: the settings forbid it`,
    ),
    ...questions.map(({ detail }) => `${style.warn("not as it was")}  ${detail}`),
    ...(waitsFor === null
      ? []
      : [`${style.warn("waits")}  until !${waitsFor.iid} (${waitsFor.kind}) is decided: ${waitsFor.url}`]),
  ];
  return lines.length === 0 ? [] : ["", ...lines.map((line) => `  ${line}`)];
}

/** `first`: nobody has seen the preview. */
function asked(style: Style, json: Rollback, first: boolean): string {
  return [
    ...(first ? [preview(style, json), ""] : []),
    `Asked for: the request is on its way. How it is: npx plp show ${json.application}`,
  ].join("\n");
}
