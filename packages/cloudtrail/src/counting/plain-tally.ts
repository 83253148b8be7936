import { type Counter, counterOf, examplesOf } from "./counter.ts";
import type { Examples } from "./examples.ts";
import { addCounter, countersOf, type RoleTally, type Tally, unmappedKeyOf } from "./tally.ts";

interface PlainCounter extends Counter {
  readonly examples: Examples;
}

interface PlainRole extends Omit<RoleTally, "ids" | "permissions" | "unmapped"> {
  readonly ids: readonly string[];
  readonly permissions: readonly PlainCounter[];
  readonly unmapped: readonly { readonly eventSource: string; readonly eventName: string; count: number }[];
}

/** A tally as JSON holds it, and as a thread can send it. */
export interface PlainTally extends Omit<Tally, "roles"> {
  readonly roles: readonly PlainRole[];
}

export function plainTally(tally: Tally): PlainTally {
  const role = ({ permissions, ids, unmapped, ...rest }: RoleTally): PlainRole => ({
    ...rest,
    ids: [...ids],
    permissions: countersOf({ permissions }).map((one) => ({ ...one, examples: examplesOf(one) })),
    unmapped: [...unmapped.values()],
  });
  return { ...tally, roles: [...tally.roles.values()].map(role) };
}

export function tallyOf({ roles, ...rest }: PlainTally): Tally {
  const role = ({ ids, permissions, unmapped, ...counted }: PlainRole): RoleTally => {
    const read: RoleTally = {
      ...counted,
      ids: new Set(ids),
      permissions: new Map(),
      unmapped: new Map(
        unmapped.map((call) => [unmappedKeyOf(call.eventSource, call.eventName), { ...call }]),
      ),
    };
    for (const one of permissions) addCounter(read, counterOf(one.what, one, one.examples));
    return read;
  };
  return { ...rest, roles: new Map(roles.map((one) => [one.caller.roleArn, role(one)])) };
}
