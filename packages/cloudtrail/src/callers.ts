import { identityOf, type UserIdentity } from "./record.ts";
import { fresh, mostCallers, slot } from "./skim.ts";
import type { FileBytes } from "./span.ts";
import { type Caller, callerOf } from "./who.ts";

/** Who called, of one wording of `userIdentity`; `context` numbers all of it that a reading depends on. */
export interface Identity {
  readonly caller: Caller;
  readonly userIdentity: UserIdentity;
  readonly context: number;
}

export interface Callers {
  /** Whatever becomes of this record: the next one with its caller's number is not of the former caller. */
  meet(slots: Int32Array, base: number): void;
  /** Who made the call; null for somebody out of scope. Throws a SyntaxError for what is no JSON. */
  of(content: FileBytes, slots: Int32Array, base: number): Identity | null;
}

/** Callers by the numbers that `skim` gives them; a session's identity is parsed once. */
export function callersIn(wanted: ReadonlySet<string> | null): Callers {
  const known = new Array<Identity | null | undefined>(mostCallers).fill(undefined);
  const contexts = new Map<string, number>();

  const parsed = (content: FileBytes, slots: Int32Array, base: number): Identity | null => {
    const from = slots[base + slot.identity] as number;
    const userIdentity = identityOf(content.json(from, slots[base + slot.identity + 1] as number));
    const caller = callerOf({ userIdentity });
    if (caller === null || (wanted !== null && !wanted.has(caller.roleArn))) return null;
    const { accountId, sessionIssuer } = userIdentity;
    const said = JSON.stringify([caller.roleArn, caller.roleId, accountId, sessionIssuer?.accountId]);
    const context = contexts.get(said) ?? contexts.size;
    contexts.set(said, context);
    return { caller, userIdentity, context };
  };

  return {
    meet(slots, base) {
      const number = slots[base + slot.caller] as number;
      if (number >= fresh) known[number & ~fresh] = undefined;
    },
    of(content, slots, base) {
      const number = slots[base + slot.caller] as number;
      if (number < 0) return parsed(content, slots, base);
      const before = known[number & ~fresh];
      if (before !== undefined) return before;
      const identity = parsed(content, slots, base);
      known[number & ~fresh] = identity;
      return identity;
    },
  };
}
