import {
  addCounter,
  type Counter,
  countersOf,
  type RoleTally,
  type Tally,
  type TimedExample,
  unmappedKeyOf,
} from "./tally.ts";

interface PlainCounter extends Omit<Counter, "patterns" | "examples"> {
  readonly patterns: readonly string[] | null;
  readonly examples: readonly TimedExample[];
}

interface PlainRole extends Omit<RoleTally, "ids" | "permissions" | "unmapped"> {
  readonly ids: readonly string[];
  readonly permissions: readonly PlainCounter[];
  readonly unmapped: readonly { readonly eventSource: string; readonly eventName: string; count: number }[];
}

/** A tally as JSON holds it. */
export interface PlainTally extends Omit<Tally, "roles"> {
  readonly roles: readonly PlainRole[];
}

export function plainTally(tally: Tally): PlainTally {
  const counter = ({ patterns, ...rest }: Counter): PlainCounter => ({
    ...rest,
    patterns: patterns === null ? null : [...patterns],
  });
  const role = ({ permissions, ids, unmapped, ...rest }: RoleTally): PlainRole => ({
    ...rest,
    ids: [...ids],
    permissions: countersOf({ permissions }).map(counter),
    unmapped: [...unmapped.values()],
  });
  return { ...tally, roles: [...tally.roles.values()].map(role) };
}

export function tallyOf({ roles, ...rest }: PlainTally): Tally {
  const counter = ({ patterns, examples, ...counted }: PlainCounter): Counter => ({
    ...counted,
    examples: [...examples],
    patterns: patterns === null ? null : new Set(patterns),
  });
  const role = ({ ids, permissions, unmapped, ...counted }: PlainRole): RoleTally => {
    const read: RoleTally = {
      ...counted,
      ids: new Set(ids),
      permissions: new Map(),
      unmapped: new Map(
        unmapped.map((call) => [unmappedKeyOf(call.eventSource, call.eventName), { ...call }]),
      ),
    };
    for (const one of permissions) addCounter(read, counter(one));
    return read;
  };
  return { ...rest, roles: new Map(roles.map((one) => [one.caller.roleArn, role(one)])) };
}
