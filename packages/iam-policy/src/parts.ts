import { PolicyError, quoted } from "./errors.ts";
import { byOwner, inFileOrder } from "./file-order.ts";
import { emptyPolicy, parsePolicy } from "./parse.ts";
import { statementKey } from "./permission.ts";
import { policySize } from "./print.ts";
import { isPlpSid } from "./sid.ts";
import { compareText } from "./text.ts";
import type { Policy, Statement } from "./types.ts";

/** Characters without whitespace that AWS allows in a managed policy. */
export const MAX_POLICY_SIZE = 6144;
export const MAX_PARTS = 8;

/** The file of a part: `policies/prod.json` for 1, `policies/prod.2.json` for 2. */
export function partPath(policyPath: string, part: number): string {
  if (part === 1) return policyPath;
  return policyPath.endsWith(".json") ? `${policyPath.slice(0, -5)}.${part}.json` : `${policyPath}.${part}`;
}

export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

export interface PolicyParts {
  /** All statements of all files, in order; what the role may do by them. */
  readonly policy: Policy;
  readonly parts: readonly Policy[];
}

/**
 * Reads the files of one generated policy (`prod.json`, `prod.2.json`, …) in the order given. No files, or an empty
 * file, is the empty policy. Throws `PolicyError`, also when files of different Version use `${…}`, which the two
 * versions read differently.
 */
export function parseParts(files: readonly PolicyFile[]): PolicyParts {
  const parts = files.map(({ path, text }) => (text.trim() === "" ? emptyPolicy : parsePolicy(text, path)));
  const statements = parts.flatMap((part) => part.statements);
  const filled = parts.filter((part) => part.statements.length > 0);
  const versions = new Set(filled.map((part) => part.version));
  const [only] = versions;
  if (versions.size > 1 && statements.some((statement) => statementKey(statement.verbatim).includes("${"))) {
    const paths = files.map(({ path }) => quoted(path)).join(", ");
    throw new PolicyError(
      paths,
      "the files have different Versions and use ${…}; give all of them 2012-10-17",
    );
  }
  const version = versions.size === 1 && only !== undefined ? only : emptyPolicy.version;
  return { policy: { version, id: parts[0]?.id ?? null, statements }, parts };
}

export interface SplitOptions {
  readonly max?: number;
  readonly maxParts?: number;
  /** The parts as they stand in Git: a statement stays in the part it is in while that has room. */
  readonly previous?: readonly Policy[];
}

export interface PolicyPart {
  readonly policy: Policy;
  /** Characters without whitespace. */
  readonly size: number;
}

export interface SplitResult {
  readonly parts: readonly PolicyPart[];
  /** The parts hold every statement of the policy once, each part within `max`, and no more than `maxParts`. */
  readonly exact: boolean;
  /** Statements, by Sid, that exceed a part even alone. */
  readonly tooLarge: readonly { readonly sid: string | null; readonly size: number }[];
}

interface Draft {
  readonly base: Policy;
  readonly statements: Statement[];
}

/** The same as `policySize`, with the size of each statement counted once. */
function sizesOf(policy: Policy): (base: Policy, statements: readonly Statement[]) => number {
  const sizes = new Map(policy.statements.map((one) => [one, policySize({ ...policy, statements: [one] })]));
  const frame = policySize({ ...policy, statements: [] });
  return (base, statements) => {
    const own = policySize({ ...base, statements: [] });
    const commas = Math.max(0, statements.length - 1);
    return statements.reduce((sum, one) => sum + (sizes.get(one) ?? frame) - frame, own + commas);
  };
}

/**
 * Distributes the statements over parts of at most `max` characters. People's statements never leave the part they
 * stand in; PLP's leave it only when it overflows, the changed ones first. New ones go where there is room first.
 * Nothing is dropped, whatever the limits: `exact` says whether they were kept.
 */
export function splitParts(policy: Policy, options: SplitOptions = {}): SplitResult {
  const { max = MAX_POLICY_SIZE, maxParts = MAX_PARTS, previous = [] } = options;
  const first: Policy = { version: policy.version, id: policy.id, statements: [] };
  const later: Policy = { version: policy.version, id: null, statements: [] };
  const drafts: Draft[] = previous.map((part, index) => ({
    base: part.statements.length > 0 ? part : index === 0 ? first : later,
    statements: [],
  }));
  if (drafts.length === 0) drafts.push({ base: first, statements: [] });
  const sizeOf = sizesOf(policy);
  const homeless: Statement[] = [];
  const changed = new Set<Statement>();
  const places = placesIn(previous);
  for (const statement of policy.statements) {
    const same = places.byKey.get(statementKey(statement.verbatim))?.shift();
    const place = same ?? (isPlpSid(statement.sid) ? places.bySid.get(statement.sid ?? "") : 0);
    if (same === undefined) changed.add(statement);
    const draft = place === undefined ? undefined : drafts[place];
    if (draft) draft.statements.push(statement);
    else homeless.push(statement);
  }
  for (const draft of drafts) homeless.push(...evict(draft, max, changed, sizeOf));
  homeless.sort((a, b) => compareText(a.sid ?? "", b.sid ?? ""));
  for (const statement of homeless) {
    const home = drafts.find(({ base, statements }) => sizeOf(base, [...statements, statement]) <= max);
    if (home) home.statements.push(statement);
    else drafts.push({ base: later, statements: [statement] });
  }
  const parts = drafts
    .filter((draft, index) => index === 0 || draft.statements.length > 0)
    .map((draft) => finish(draft))
    .map((part) => ({ policy: part, size: policySize(part) }));
  const tooLarge = policy.statements
    .map((statement) => ({ sid: statement.sid, size: sizeOf(later, [statement]) }))
    .filter(({ size }) => size > max);
  const exact = parts.length <= maxParts && parts.every(({ size }) => size <= max);
  return { parts, exact, tooLarge };
}

interface Places {
  readonly byKey: ReadonlyMap<string, number[]>;
  readonly bySid: ReadonlyMap<string, number>;
}

function placesIn(previous: readonly Policy[]): Places {
  const byKey = new Map<string, number[]>();
  const bySid = new Map<string, number>();
  for (const [index, part] of previous.entries()) {
    for (const { sid, verbatim } of part.statements) {
      const key = statementKey(verbatim);
      byKey.set(key, [...(byKey.get(key) ?? []), index]);
      if (sid !== null && !bySid.has(sid)) bySid.set(sid, index);
    }
  }
  return { byKey, bySid };
}

/** Takes PLP's statements out until the part fits: what changed before what stood, the last before the first. */
function evict(
  draft: Draft,
  max: number,
  changed: ReadonlySet<Statement>,
  sizeOf: ReturnType<typeof sizesOf>,
): readonly Statement[] {
  const evicted: Statement[] = [];
  const own = draft.statements.filter((statement) => isPlpSid(statement.sid));
  const order = [
    ...own.filter((statement) => changed.has(statement)).reverse(),
    ...own.filter((statement) => !changed.has(statement)).reverse(),
  ];
  for (const statement of order) {
    if (sizeOf(draft.base, draft.statements) <= max || draft.statements.length === 1) break;
    draft.statements.splice(draft.statements.indexOf(statement), 1);
    evicted.push(statement);
  }
  return evicted;
}

/** People's statements first, in their order; a part to which nothing came keeps the order it has. */
function finish(draft: Draft): Policy {
  const before = draft.base.statements.map((statement) => statementKey(statement.verbatim));
  const after = draft.statements.map((statement) => statementKey(statement.verbatim));
  if (before.length === after.length && before.every((key) => after.includes(key))) return draft.base;
  const { people, own } = byOwner(draft.statements);
  return { ...draft.base, statements: inFileOrder(own, people) };
}
