import type { RiskKind, Severity } from "../types.ts";

/** Granted on anything, on several things by a pattern, on things by their names; null: no risk. */
export type Severities = readonly [any: Severity | null, many: Severity | null, named: Severity | null];

/** A way in which permissions can be misused, as our table knows it. */
export interface Path {
  readonly id: string;
  readonly kind: RiskKind;
  readonly title: string;
  /** Everything that it takes; of a list any one is enough. How widely the first is granted says how bad it is. */
  readonly needs: readonly (string | readonly string[])[];
  /** To whom the role must be passable where it takes iam:PassRole. */
  readonly passedTo?: string;
  readonly severity: Severities;
  readonly why: string;
  readonly harmless: string;
  /** A public page that describes it. */
  readonly reference: string;
}

/** The page of a path in the catalogue pathfinding.cloud. */
export function pathfinding(id: string): string {
  return `https://pathfinding.cloud/paths/${id}`;
}
