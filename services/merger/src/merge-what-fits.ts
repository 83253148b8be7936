import {
  type Addition,
  allowingStatement,
  type MergeResult,
  mergePolicy,
  type Permission,
  type Question,
} from "@plp/iam-policy";
import { permanent } from "@plp/runtime";
import type { Ground } from "./ground.ts";
import { type ChangedFiles, changedFiles } from "./policy-files.ts";

export interface MergedFiles extends Pick<ChangedFiles, "policy" | "files"> {
  readonly added: readonly Addition[];
  /** What has no room in files that AWS takes. */
  readonly waiting: readonly Addition[];
  /** What must not be added, and why. */
  readonly questions: readonly Question[];
  /** Of the files: what waits, in numbers, and why lines move. */
  readonly aboutFiles: readonly Question[];
}

/**
 * Merges additions into the files as they stand. What would stand in files beyond those that AWS takes is left out, and the
 * rest is merged, and proved, anew, until all of it fits; without anything to add the files stay as they are. Throws the
 * permanent fault "merge-wider" or "merge-lost" where the proof does not hold.
 */
export function mergeWhatFits(
  { files, scope }: Pick<Ground, "files" | "scope">,
  additions: readonly Addition[],
): MergedFiles {
  const merge = (some: readonly Addition[]): MergeResult => {
    const merged = mergePolicy({ old: files.policy, additions: some, protectedSids: scope.protectedSids });
    refuseUnproved(merged);
    return merged;
  };
  const { added: wanted, questions, ...all } = merge(additions);
  let { policy } = all;
  let added = wanted;
  let why: string | null = null;
  while (added.length > 0) {
    const changed = changedFiles(files, policy, scope);
    const { refusal } = changed;
    if (refusal === null) {
      const left = without(wanted, added);
      const aboutFiles = [...changed.questions, ...(why === null ? [] : [tooLarge(why, wanted, left)])];
      return { policy: changed.policy, files: changed.files, added, waiting: left, questions, aboutFiles };
    }
    why ??= refusal.why;
    const fitting = added.filter((one) => allowingStatement(refusal.fitting, one) !== null);
    // Where what stood there leaves no room, less is no help.
    ({ policy, added } = merge(fitting.length < added.length ? fitting : []));
  }
  const aboutFiles = why === null ? [] : [tooLarge(why, wanted, wanted)];
  return { policy: files.policy, files: [], added, waiting: wanted, questions, aboutFiles };
}

function without(all: readonly Addition[], some: readonly Addition[]): readonly Addition[] {
  const gone = new Set(some);
  return all.filter((one) => !gone.has(one));
}

function tooLarge(why: string, wanted: readonly Addition[], left: readonly Addition[]): Question {
  const [first] = left;
  const example = first === undefined ? "" : `, ${first.action} on ${first.resource} among them`;
  const detail = `${left.length} of ${wanted.length} permissions have no room and wait${example}: ${why}. Put a pattern in the place of long lists in the file, or divide the work between two roles`;
  return { kind: "too-large", detail };
}

/** Fails closed: what would allow more than was asked for, or less than it did, is never proposed. */
function refuseUnproved({ proof }: MergeResult): void {
  const [more] = proof.outside;
  if (proof.wider) throw unproved("merge-wider", "allow", more, "which nothing asked for");
  const [less] = proof.lost;
  if (less !== undefined) throw unproved("merge-lost", "not allow", less, "which it must");
}

function unproved(code: string, what: string, witness: Permission | undefined, why: string) {
  return permanent(
    code,
    `the merged policy would ${what} ${witness?.action ?? "something"} on ${witness?.resource ?? "a resource"}, ${why}; nothing is proposed, report this with the policy file`,
  );
}
