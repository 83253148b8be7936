/** Operator → condition key → values, each value a string as IAM compares them. Keys as written. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * One statement of an identity policy. Exactly one of actions/notActions and one of resources/notResources is set.
 * `verbatim` is the statement as it was read: what is not PLP's is printed from it, byte for byte in meaning.
 */
export interface Statement {
  readonly sid: string | null;
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[] | null;
  readonly notActions: readonly string[] | null;
  readonly resources: readonly string[] | null;
  readonly notResources: readonly string[] | null;
  readonly conditions: ConditionBlock | null;
  /** What the parser kept without understanding it, named; evaluation of such a statement is "cannot tell". */
  readonly notUnderstood: readonly string[];
  readonly verbatim: Readonly<Record<string, unknown>>;
}

export interface Policy {
  readonly version: string | null;
  readonly id: string | null;
  readonly statements: readonly Statement[];
}

/** The JSON of a policy document, as Terraform, AWS and people write it. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/** An action on a resource pattern under a condition; never just a string. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly condition: ConditionBlock | null;
}

export type Basis = "seen" | "inferred" | "asked" | "kept";

/** A permission to add, why, and how it was found. `widened`: a segment of the resource was not told and is `*`. */
export interface Addition extends Permission {
  readonly basis: Basis;
  readonly widened: boolean;
  readonly calls: number | null;
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
}

export type QuestionKind =
  | "service-level"
  | "placeholder"
  | "unmapped"
  | "unprovable"
  | "not-in-trail"
  | "too-large"
  | "not-removable"
  | "not-restored"
  | "unreadable"
  | "ask";

export interface Question {
  readonly kind: QuestionKind;
  /** One sentence for a reviewer; foreign text in it is still hostile. */
  readonly detail: string;
  /** The service (`dynamodb`) or action (`s3:GetObject`) that it is about, where allowing or denying it answers the question. */
  readonly subject?: string;
}

/** `outside`: witnesses that the new policy allows and neither the old one nor an addition does. */
export interface Proof {
  readonly wider: boolean;
  readonly outside: readonly Permission[];
  /** Additions about which the proof cannot tell, by index; they must be left out and asked. */
  readonly undecided: readonly number[];
}

/** The proof in both directions; `lost`: what the old policy or an addition allows, and the new one is not shown to. */
export interface MergeProof extends Proof {
  readonly lost: readonly Permission[];
}

export interface MergeInput {
  /** The generated policy in Git, all parts; empty when absent. */
  readonly old: Policy;
  readonly additions: readonly Addition[];
  /** PLP's statements that only people change, by Sid: what is added comes beside them. */
  readonly protectedSids?: readonly string[];
}

export interface MergeResult {
  readonly policy: Policy;
  /** What was really added: nothing that the old policy covered already. */
  readonly added: readonly Addition[];
  /** How many of the asked-for additions the old policy covered. */
  readonly kept: number;
  readonly questions: readonly Question[];
  readonly proof: MergeProof;
}

/** What one API call asks of a policy. Context values by condition key, lower-cased; absent = unknown to us. */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

export type Answer = "yes" | "no" | "cannot-tell";

/** `allowed`: an Allow and surely no Deny; `denied`: a Deny applies; `unmatched`: no Allow applies. */
export type Verdict = "allowed" | "denied" | "unmatched" | "cannot-tell";

export type Severity = "high" | "medium" | "low";

export type RiskKind = "escalation" | "lock-out" | "exfiltration" | "history";

/** What somebody could do with permissions that a policy grants together, and why that may be harmless all the same. */
export interface Risk {
  /** As the public catalogue names the path, where one does. */
  readonly id: string;
  readonly kind: RiskKind;
  readonly title: string;
  readonly severity: Severity;
  /** Everything that it takes, in AWS's spelling. */
  readonly actions: readonly string[];
  /** Where the decisive one of these is granted: resource patterns. */
  readonly resources: readonly string[];
  readonly why: string;
  readonly harmless: string;
  /** Where the path is described, a URL. */
  readonly reference: string;
}

export type AccessLevel = "List" | "Read" | "Write" | "Tagging" | "Permissions management";

export interface ResourceType {
  readonly name: string;
  /** With `${Partition}`, `${Region}`, `${Account}` and the type's own placeholders. */
  readonly arnFormats: readonly string[];
  /** Of the action: it always needs a resource of this type. */
  readonly required: boolean;
}

/** One action of AWS's own list (the Service Authorization Reference). */
export interface ActionInfo {
  /** Canonical spelling, e.g. `s3:GetObject`. */
  readonly action: string;
  readonly accessLevel: AccessLevel;
  /** Empty: the action takes no resource, its resource is `*`. */
  readonly resourceTypes: readonly ResourceType[];
}
