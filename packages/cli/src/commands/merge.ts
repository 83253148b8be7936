import { basename } from "node:path";
import {
  type Addition,
  fitPolicy,
  type GeneratedEnvironment,
  mergePolicy,
  parseParts,
  partPath,
  type Question,
  readGenerated,
  toDocument,
} from "@plp/iam-policy";
import * as z from "zod";
import { badInput } from "../bad-input.ts";
import { jsonOf, textOf } from "../input.ts";
import { type Answer, plural, table } from "../output.ts";
import { bare, conditionText } from "../render/permission.ts";

export interface MergeRequest {
  readonly existing: readonly string[];
  readonly generated: readonly string[];
  readonly environment?: string | undefined;
}

const environmentSchema = z.object({
  account_id: z.string("must be a text").regex(/^\d{12}$/, "must be 12 digits"),
  region: z.string("must be a text").regex(/^[a-z0-9-]{5,30}$/, 'must be a Region such as "eu-central-1"'),
  role_arn: z
    .string("must be a text")
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/\S{1,576}$/, "must be the ARN of an IAM role"),
  policy_path: z.string("must be a text").min(1, "must not be empty").optional(),
  protected_sids: z.array(z.string("must be a text")).optional(),
  regions: z.array(z.string().regex(/^[a-z0-9-]{5,30}$/, "must be a Region")).optional(),
});

/** `plp merge`: the existing policy and what was generated, as one policy in parts. Exit 1 when the proof finds it wider, or something lost. */
export async function merge({ existing, generated, environment }: MergeRequest): Promise<Answer> {
  const told = environment === undefined ? null : await environmentIn(environment);
  const files = await Promise.all(existing.map(async (path) => ({ path, text: await textOf(path) })));
  const { policy: old, parts: previous } = parseParts(files);
  const additions: Addition[] = [];
  const questions: Question[] = [];
  for (const file of generated) {
    const access = readGenerated(jsonOf(await textOf(file), file), told?.place ?? null, file);
    additions.push(...access.additions);
    questions.push(...access.questions);
  }
  const protectedSids = told?.protectedSids ?? [];
  const merged = mergePolicy({ old, additions, protectedSids });
  const fit = fitPolicy(merged.policy, { previous, protectedSids });
  const path = told?.policyPath ?? basename(existing[0] ?? "policy.json");
  const parts = fit.parts.map(({ policy, size }, index) => ({
    name: partPath(path, index + 1),
    policy: toDocument(policy),
    size,
  }));
  const asked = [...questions, ...merged.questions, ...fit.questions];
  const { wider, outside, lost } = merged.proof;
  return {
    json: {
      policy: toDocument(fit.policy),
      parts,
      added: merged.added.map(bare),
      removed: [],
      kept: merged.kept,
      questions: asked,
      proof: { wider, outside, lost },
    },
    people: (style) => {
      const rows = merged.added.map((one) => [one.action, one.resource, conditionText(one.condition)]);
      const lines = [
        `${plural(merged.added.length, "permission")} added, ${merged.kept} stood there, none removed; ${plural(parts.length, "part")} (${parts.map(({ size }) => size).join(", ")} characters).`,
        wider
          ? style.bad("Proof: WIDER than the old policy and what is listed. Do not use it.")
          : lost.length > 0
            ? style.bad("Proof: something of the old policy or of what is listed is MISSING. Do not use it.")
            : style.good("Proof: the old policy and what is listed, no more and no less."),
      ];
      if (!fit.exact) lines.push(style.bad("It does not fit into the parts that a role may have."));
      if (rows.length > 0) lines.push("", table(style, ["added", "on", "only if"], rows));
      if (asked.length > 0) lines.push("", "Questions:", ...asked.map(({ detail }) => `  ${detail}`));
      lines.push("", JSON.stringify(toDocument(fit.policy), null, 2));
      return lines.join("\n");
    },
    exit: wider || lost.length > 0 ? 1 : 0,
  };
}

interface Told {
  readonly place: GeneratedEnvironment;
  readonly policyPath: string | null;
  readonly protectedSids: readonly string[];
}

async function environmentIn(file: string): Promise<Told> {
  const parsed = environmentSchema.safeParse(jsonOf(await textOf(file), file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join(".") ?? "";
    throw badInput(
      `${file}: ${field === "" ? "expected one environment object of the plp output" : `${field} ${issue?.message ?? ""}`}`,
    );
  }
  const { account_id, region, regions, role_arn, policy_path, protected_sids = [] } = parsed.data;
  const partition = role_arn.split(":")[1] ?? "aws";
  return {
    place: { accountId: account_id, region, partition, ...(regions === undefined ? {} : { regions }) },
    policyPath: policy_path ?? null,
    protectedSids: protected_sids,
  };
}
