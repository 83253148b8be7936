import { identityOf, type UserIdentity } from "../mapping/record.ts";
import { type Caller, callerOf } from "../mapping/who.ts";
import type { FileBytes } from "./span.ts";

/** Who called, of one wording of `userIdentity`. */
export interface Identity {
  readonly caller: Caller;
  readonly userIdentity: UserIdentity;
}

export interface Callers {
  /** Who stands there, null for somebody out of scope. Throws a SyntaxError for what is no JSON. */
  read(content: FileBytes, from: number, to: number): Identity | null;
  /** Numbers all of an identity that the reading of a call depends on; 2 or more. */
  contextOf(identity: Identity): number;
}

/** The callers in scope. */
export function callersIn(wanted: ReadonlySet<string> | null): Callers {
  const contexts = new Map<string, number>();
  return {
    read(content, from, to) {
      const userIdentity = identityOf(content.json(from, to));
      const caller = callerOf({ userIdentity });
      return caller === null || (wanted !== null && !wanted.has(caller.roleArn))
        ? null
        : { caller, userIdentity };
    },
    contextOf({ caller, userIdentity: { accountId, sessionIssuer } }) {
      const said = JSON.stringify([caller.roleArn, caller.roleId, accountId, sessionIssuer?.accountId]);
      const context = contexts.get(said) ?? contexts.size + 2;
      contexts.set(said, context);
      return context;
    },
  };
}
