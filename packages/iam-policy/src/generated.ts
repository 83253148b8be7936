import { PolicyError, quoted } from "./errors.ts";
import { parseJson } from "./json.ts";
import { compilePattern } from "./match.ts";
import { emptyPolicy, parsePolicy } from "./parse.ts";
import { normaliseCondition } from "./permission.ts";
import { findAction } from "./service-reference.ts";
import type { Addition, Policy, Question, Statement } from "./types.ts";

/** Where the role works: what `${Account}`, `${Region}` and `${Partition}` stand for. */
export interface GeneratedEnvironment {
  readonly accountId: string;
  readonly region: string;
  /** Every Region in which the role works, when there are several: `${Region}` is then filled with each, and marked. */
  readonly regions?: readonly string[];
  readonly partition: string;
}

export interface GeneratedAccess {
  /** Candidates for `mergePolicy`, basis `seen`, without counts or times: denied calls may be among them. */
  readonly additions: readonly Addition[];
  readonly questions: readonly Question[];
  /** Access Analyzer's own word on completeness; null when it says nothing. */
  readonly isComplete: boolean | null;
}

/**
 * Reads what Access Analyzer's GetGeneratedPolicy answered, the policies of such an answer (JSON strings), or a plain
 * policy document of the same kind. Placeholders of the environment are filled, every other is widened to `*` in its place, marked and
 * asked about; service-level use, unknown actions and statements that are more than a list of actions become
 * questions. No policies at all means no use. Throws `PolicyError` on an answer that did not succeed or is none.
 */
export function readGenerated(
  input: unknown,
  environment: GeneratedEnvironment | null,
  where = "the generated policy",
): GeneratedAccess {
  const value = typeof input === "string" ? parseJson(input, where) : input;
  const { policies, isComplete } = policiesOf(value, where);
  const additions: Addition[] = [];
  const questions = new Map<string, Question>();
  const ask = (kind: Question["kind"], detail: string): void => {
    questions.set(`${kind} ${detail}`, { kind, detail });
  };
  for (const policy of policies) {
    for (const [index, statement] of policy.statements.entries()) {
      if (!isPlainAllow(statement)) {
        const name = statement.sid === null ? `number ${index}` : quoted(statement.sid);
        ask(
          "unprovable",
          `Statement ${name} of the generated policy is more than a list of actions; it is not taken over.`,
        );
        continue;
      }
      additions.push(...readStatement(statement, environment, ask));
    }
  }
  return { additions, questions: [...questions.values()], isComplete };
}

type Ask = (kind: Question["kind"], detail: string) => void;

function readStatement(
  statement: Statement,
  environment: GeneratedEnvironment | null,
  ask: Ask,
): readonly Addition[] {
  const actions = (statement.actions ?? []).filter((action) => knownAction(action, ask));
  const condition = normaliseCondition(statement.conditions);
  return (statement.resources ?? []).flatMap((template) => {
    if (actions.length === 0) return [];
    const { filled, open, widened } = fill(template, environment);
    if (filled.some((resource) => compilePattern(resource).hasVariable)) {
      ask("placeholder", `${quoted(template)} holds a placeholder that does not end; it is not taken over.`);
      return [];
    }
    if (open.length > 0) {
      const names = open.map((name) => `\${${name}}`).join(", ");
      const what = actions.length === 1 ? `action ${quoted(actions[0] ?? "")}` : `${actions.length} actions`;
      ask(
        "placeholder",
        `${quoted(names)} was not told for ${what}: widened to ${quoted(filled.join(", "))}.`,
      );
    }
    return filled.flatMap((resource) =>
      actions.map((action) => ({
        ...{ action, resource, condition, widened, basis: "seen" as const },
        ...{ calls: null, firstSeen: null, lastSeen: null },
      })),
    );
  });
}

function knownAction(action: string, ask: Ask): boolean {
  const name = /^([A-Za-z0-9-]+):([A-Za-z0-9]+)$/.exec(action);
  if (name === null) {
    const service = /^[A-Za-z0-9-]+/.exec(action)?.[0] ?? action;
    ask(
      "service-level",
      `The service ${quoted(service)} was used, but ${quoted(action)} does not say which action.`,
    );
    return false;
  }
  if (findAction(action) !== undefined) return true;
  ask("unmapped", `${quoted(action)} is not an action of AWS's list, so it is not added.`);
  return false;
}

function isPlainAllow(statement: Statement): boolean {
  const { effect, actions, resources, notUnderstood } = statement;
  return effect === "Allow" && actions !== null && resources !== null && notUnderstood.length === 0;
}

/** `${*}` is a star and no placeholder. */
const ESCAPES = ["*", "?", "$"];

interface Filled {
  readonly filled: readonly string[];
  /** The placeholders that became `*`. */
  readonly open: readonly string[];
  readonly widened: boolean;
}

/** Fills the placeholders of an ARN template, once per Region where there are several. */
function fill(template: string, environment: GeneratedEnvironment | null): Filled {
  const regions = environment?.regions?.length ? environment.regions : [environment?.region];
  const open = new Set<string>();
  const fillFor = (region: string | undefined): string => {
    const resource = template.replace(/\$\{([^}]*)\}/g, (found, name: string) => {
      if (ESCAPES.includes(name)) return found;
      const known = environment === null ? undefined : knownPlaceholder(name, environment, region);
      if (known === undefined) open.add(name);
      return known ?? "*";
    });
    return open.size > 0 ? resource.replace(/\*{2,}/g, "*") : resource;
  };
  const filled = [...new Set(regions.map(fillFor))];
  return { filled, open: [...open], widened: open.size > 0 || filled.length > 1 };
}

function knownPlaceholder(
  name: string,
  environment: GeneratedEnvironment,
  region: string | undefined,
): string | undefined {
  if (name === "Account") return environment.accountId;
  if (name === "Region") return region;
  return name === "Partition" ? environment.partition : undefined;
}

interface Answer {
  readonly policies: readonly Policy[];
  readonly isComplete: boolean | null;
}

function policiesOf(value: unknown, where: string): Answer {
  if (Array.isArray(value)) {
    const texts = value.map((policy: unknown, index) => generatedPolicy({ policy }, `${where} ${index}`));
    return { policies: texts, isComplete: null };
  }
  const result = field(value, "generatedPolicyResult");
  if (result === undefined) {
    if (field(value, "jobDetails") === undefined)
      return { policies: [parsePolicy(value, where)], isComplete: null };
    throw new PolicyError(
      where,
      "the answer has no generatedPolicyResult; ask again with GetGeneratedPolicy",
    );
  }
  const status = field(field(value, "jobDetails"), "status");
  if (status !== undefined && status !== "SUCCEEDED") {
    const problem = `the job's status is ${quoted(String(status))}; only a job that SUCCEEDED has a policy`;
    throw new PolicyError(where, problem);
  }
  const list = field(result, "generatedPolicies") ?? [];
  if (!Array.isArray(list)) throw new PolicyError(where, "generatedPolicies is no list");
  const isComplete = field(field(result, "properties"), "isComplete");
  return {
    policies: list.map((item: unknown, index) =>
      generatedPolicy(item, `${where}, generated policy ${index}`),
    ),
    isComplete: typeof isComplete === "boolean" ? isComplete : null,
  };
}

function generatedPolicy(item: unknown, where: string): Policy {
  const text = field(item, "policy");
  if (typeof text !== "string") throw new PolicyError(where, "policy is no string of JSON");
  return text.trim() === "" ? emptyPolicy : parsePolicy(text, where);
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
