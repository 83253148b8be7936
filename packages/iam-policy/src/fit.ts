import { compacted, divided, type IsOpen } from "./compact.ts";
import { quoted } from "./errors.ts";
import { MAX_PARTS, MAX_POLICY_SIZE } from "./parts.ts";
import { type Limits, type PolicyPart, placeInParts } from "./place.ts";
import { policySize, sizesOf } from "./print.ts";
import { proveSame } from "./prove.ts";
import { isPlpSid, sidsOf } from "./sid.ts";
import type { Policy, Question } from "./types.ts";

export interface FitOptions {
  readonly max?: number;
  readonly maxParts?: number;
  /** The parts as they stand in Git: a statement stays in the part it is in while that has room. */
  readonly previous?: readonly Policy[];
  /** Whose statements may be joined and divided where it does not fit otherwise: PLP's, or all of a file of any kind. */
  readonly rewrite?: "own" | "all";
  /** PLP's statements that only people change, by Sid. */
  readonly protectedSids?: readonly string[];
}

export interface FitResult {
  /** What the parts say together, in their order: what one reads again from their files. */
  readonly policy: Policy;
  readonly parts: readonly PolicyPart[];
  /** The parts allow precisely what the policy allows, each within `max`, and there are no more than `maxParts`. */
  readonly exact: boolean;
  /** Statements were joined or divided; where that could not be shown to say the same, they were not. */
  readonly rewritten: boolean;
  /** Statements, by Sid, that exceed a part even alone. */
  readonly tooLarge: readonly { readonly sid: string | null; readonly size: number }[];
  /** Where it is not exact: by how much. */
  readonly questions: readonly Question[];
}

/** A piece of a divided statement leaves a tenth of its part free, as a new statement does. */
const SPARE = 0.9;

interface Attempt {
  readonly parts: readonly PolicyPart[];
  readonly rewritten: boolean;
}

/**
 * A policy in parts that AWS accepts. Nothing is dropped, whatever the limits. As long as it fits, every statement stands as
 * it stood, in the part in which it stood, so that one action more or less touches one part, and one line of it and its
 * comma. Where it does not fit, statements too large for a part are divided, and then all that allows the same in fewer
 * characters is joined; what was rewritten is proved to say the same, in both directions. What does not fit even so is asked
 * about, with numbers.
 */
export function fitPolicy(policy: Policy, options: FitOptions = {}): FitResult {
  const { max = MAX_POLICY_SIZE, maxParts = MAX_PARTS, previous = [] } = options;
  const { rewrite = "own", protectedSids = [] } = options;
  const isOpen: IsOpen = ({ sid }) =>
    (rewrite === "all" || isPlpSid(sid)) && !protectedSids.includes(sid ?? "");
  const sizeOf = sizesOf();
  const limits = { max, maxParts, previous, sizeOf };
  const attempts: Attempt[] = [{ parts: placeInParts(policy, limits), rewritten: false }];
  const over = ({ parts }: Attempt): number => parts.filter(({ size }) => size > max).length;
  const fits = (one: Attempt): boolean => one.parts.length <= maxParts && over(one) === 0;
  for (const shorter of [() => policy, () => compacted(policy, isOpen)]) {
    if (attempts.some(fits)) break;
    const pieces = inPieces(shorter(), isOpen, limits);
    if (pieces === policy) continue;
    const parts = placeInParts(pieces, limits);
    if (proveSame(policy, together(policy, parts))) attempts.push({ parts, rewritten: true });
  }
  const [best] = attempts.toSorted((a, b) => over(a) - over(b) || a.parts.length - b.parts.length);
  const { parts, rewritten } = attempts.find(fits) ?? best ?? { parts: [], rewritten: false };
  const exact = fits({ parts, rewritten });
  const said = together(policy, parts);
  const tooLarge = largestOf(said, limits);
  const questions = exact ? [] : [question(parts, tooLarge, { max, maxParts })];
  return { policy: said, parts, exact, rewritten, tooLarge, questions };
}

function inPieces(policy: Policy, isOpen: IsOpen, { max, sizeOf }: Limits): Policy {
  const taken = sidsOf(policy);
  const frame = policySize({ ...policy, statements: [] });
  const room = { max: max - frame, spare: Math.floor(max * SPARE) - frame, sizeOf };
  const statements = policy.statements.flatMap((one) => (isOpen(one) ? divided(one, room, taken) : [one]));
  return statements.length === policy.statements.length ? policy : { ...policy, statements };
}

function together(policy: Policy, parts: readonly PolicyPart[]): Policy {
  const statements = parts.flatMap((part) => part.policy.statements);
  return { version: policy.version, id: parts[0]?.policy.id ?? null, statements };
}

function largestOf(policy: Policy, { max, sizeOf }: Limits): FitResult["tooLarge"] {
  const frame = policySize({ ...policy, statements: [] });
  return policy.statements
    .map((one) => ({ sid: one.sid, size: frame + sizeOf(one) }))
    .filter(({ size }) => size > max);
}

function question(
  parts: readonly PolicyPart[],
  tooLarge: FitResult["tooLarge"],
  { max, maxParts }: { readonly max: number; readonly maxParts: number },
): Question {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const names = tooLarge.map(
    ({ sid, size }) => `${sid === null ? "one without a Sid" : quoted(sid)} ${size}`,
  );
  const alone = names.length === 0 ? "" : `; statements over ${max}: ${names.slice(0, 5).join(", ")}`;
  const detail = `the policy has ${total} characters and takes ${parts.length} parts; at most ${maxParts} parts of ${max} characters are wanted${alone}`;
  return { kind: "too-large", detail };
}
