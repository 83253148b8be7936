import { isPlpSid } from "./sid.ts";
import { compareText } from "./text.ts";
import type { Statement } from "./types.ts";

/** People's statements and PLP's own, each in the order in which they stand. */
export function byOwner(statements: readonly Statement[]): {
  readonly people: readonly Statement[];
  readonly own: readonly Statement[];
} {
  return {
    people: statements.filter(({ sid }) => !isPlpSid(sid)),
    own: statements.filter(({ sid }) => isPlpSid(sid)),
  };
}

/** The order of the policy file: people's statements first, in their order; then PLP's, by Sid. */
export function inFileOrder(own: readonly Statement[], people: readonly Statement[]): readonly Statement[] {
  return [...people, ...own.toSorted((a, b) => compareText(a.sid ?? "", b.sid ?? ""))];
}
