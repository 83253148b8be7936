import { serviceReferenceDate } from "@plp/iam-policy";

/** Which table says what a call is checked as, and which list of AWS's its actions are of. */
export interface MappingVersion {
  /** Rises with every change of these tables. */
  readonly version: number;
  /** The day of the last change, `YYYY-MM-DD`. */
  readonly date: string;
  /** The day of AWS's list of actions. */
  readonly actions: string;
}

export const mappingVersion: MappingVersion = {
  version: 2,
  date: "2026-11-23",
  actions: serviceReferenceDate,
};
