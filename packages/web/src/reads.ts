import type {
  AuditFilter,
  AuditPage,
  Difference,
  Overview,
  RoleMoment,
  RoleRow,
  RunView,
  Status,
  WhoCan,
} from "./views.ts";

/** `refused`: what is wrong with the question, in a sentence for people; 404: there is no such thing. */
export type Answer<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "refused"; readonly status: 400 | 404; readonly says: string };

/** Which moment of a role is meant: a day or a moment, or a version; empty: now. */
export interface AskedMoment {
  readonly at: string;
  readonly version: string;
  readonly knownAt: string;
}

/** What the page asks of the history. Whoever serves it answers; faults are thrown. */
export interface Reads {
  overview(): Promise<Overview>;
  roles(): Promise<readonly RoleRow[]>;
  /** `role`: an ARN or an unambiguous part of one. */
  role(role: string, moment: AskedMoment): Promise<Answer<RoleMoment>>;
  /** `from`: a version, a day or a moment. */
  difference(role: string, from: string, to: number): Promise<Answer<Difference>>;
  audit(filter: AuditFilter): Promise<Answer<AuditPage>>;
  whoCan(action: string, resource: string): Promise<Answer<WhoCan>>;
  status(): Promise<Status>;
  run(run: string): Promise<Answer<RunView>>;
}
