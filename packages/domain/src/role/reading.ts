import {
  diffPolicies,
  emptyPolicy,
  isPlpSid,
  type Permission,
  type Policy,
  policyHash,
  toDocument,
} from "@plp/iam-policy";
import type { Drift, PolicyOnRole, RoleReading } from "./events.ts";

/** A policy on a role as it was read; `policy` null: AWS's document is none that we understand, and only its hash is known. */
export interface PolicyFound {
  readonly how: "inline" | "attached";
  readonly id: string;
  readonly version: string | null;
  readonly policy: Policy | null;
  readonly hash: string;
}

export interface FoundOnRole {
  readonly policies: readonly PolicyFound[];
  readonly boundary: string | null;
  readonly trustHash: string;
}

export interface Expectation {
  readonly after: RoleReading["after"];
  /** The generated policy that AWS should have, by parts; null: none was applied or approved. */
  readonly expected: {
    readonly policy: Policy;
    readonly policyHash: string;
    readonly parts: readonly Policy[];
  } | null;
  /** Hash of the initial policy where the role is to go without it. */
  readonly initialHash: string | null;
  /** What the other policies, boundary and trust are held against; null: this is the first reading. */
  readonly baseline: RoleReading | null;
}

/** Permissions that a difference names; its count says how many there are. */
const MOST_NAMED = 200;

/**
 * Holds what a role has against what it should have. PLP's parts are known by their content, by a Sid of PLP's, or
 * because they were PLP's in the baseline; they are compared by what they allow. Of everything else, what changed
 * since the baseline is named.
 */
export function readRole(found: FoundOnRole, expectation: Expectation): RoleReading {
  const { after, expected, baseline, initialHash } = expectation;
  const policies = found.policies
    .map((policy): PolicyFound & PolicyOnRole => ({ ...policy, generated: isGenerated(policy, expectation) }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const generated = generatedOf(policies, expected);
  const difference = differenceOf(generated, expected?.policy ?? null);
  const others = policies.filter((policy) => !policy.generated);
  return {
    after,
    policies: policies.map(({ how, id, version, hash, generated }) => ({
      how,
      id,
      version,
      hash,
      generated,
    })),
    boundary: found.boundary,
    trustHash: found.trustHash,
    generated:
      generated === null ? null : { policy: toDocument(generated.policy), policyHash: generated.policyHash },
    expectedHash: expected?.policyHash ?? null,
    confirmed: difference.length === 0,
    drift: [
      ...difference,
      ...others
        .filter(({ hash }) => hash === initialHash)
        .map(({ id }): Drift => ({ kind: "initial-attached", id })),
      ...(baseline === null ? [] : changesSince(baseline, found, others)),
    ],
  };
}

function isGenerated({ id, hash, policy }: PolicyFound, { expected, baseline }: Expectation): boolean {
  return (
    expected?.parts.some((part) => policyHash(part) === hash) === true ||
    baseline?.policies.some((known) => known.id === id && known.generated) === true ||
    policy?.statements.some(({ sid }) => sid !== null && isPlpSid(sid)) === true
  );
}

/** The parts as one policy; word for word what is expected where the same parts are there, in whatever order. */
function generatedOf(
  policies: readonly (PolicyFound & PolicyOnRole)[],
  expected: Expectation["expected"],
): { readonly policy: Policy; readonly policyHash: string } | null {
  const parts = policies.filter(({ generated }) => generated);
  if (parts.length === 0) return null;
  const there = parts.map(({ hash }) => hash).sort();
  const wanted = (expected?.parts ?? []).map(policyHash).sort();
  if (expected !== null && there.length === wanted.length && there.every((hash, i) => hash === wanted[i]))
    return { policy: expected.policy, policyHash: expected.policyHash };
  const statements = parts.flatMap(({ policy }) => policy?.statements ?? []);
  const policy = { ...emptyPolicy, statements };
  return { policy, policyHash: policyHash(policy) };
}

function differenceOf(
  generated: { readonly policy: Policy; readonly policyHash: string } | null,
  expected: Policy | null,
): Drift[] {
  const [is, should] = [generated?.policy ?? emptyPolicy, expected ?? emptyPolicy];
  if (is === should) return [];
  const { added, removed } = diffPolicies(should, is);
  return [
    ...(removed.length > 0 ? [named("missing", removed)] : []),
    ...(added.length > 0 ? [named("extra", added)] : []),
  ];
}

function named(kind: "missing" | "extra", permissions: readonly Permission[]): Drift {
  const bare = permissions.slice(0, MOST_NAMED).map(({ action, resource, condition }) => ({
    action,
    resource,
    condition,
  }));
  return { kind, permissions: bare, count: permissions.length };
}

function changesSince(
  baseline: RoleReading,
  { boundary, trustHash }: FoundOnRole,
  others: readonly PolicyOnRole[],
): Drift[] {
  const before = baseline.policies.filter(({ generated }) => !generated);
  const known = new Map(before.map((policy) => [`${policy.how} ${policy.id}`, policy]));
  const now = new Set(others.map(({ how, id }) => `${how} ${id}`));
  return [
    ...others.flatMap(({ how, id, hash }): Drift[] => {
      const was = known.get(`${how} ${id}`);
      if (was === undefined) return [{ kind: "policy-added", id }];
      return was.hash === hash ? [] : [{ kind: "policy-changed", id }];
    }),
    ...before
      .filter(({ how, id }) => !now.has(`${how} ${id}`))
      .map(({ id }): Drift => ({ kind: "policy-removed", id })),
    ...(boundary === baseline.boundary
      ? []
      : [{ kind: "boundary" as const, from: baseline.boundary, to: boundary }]),
    ...(trustHash === baseline.trustHash
      ? []
      : [{ kind: "trust" as const, from: baseline.trustHash, to: trustHash }]),
  ];
}
