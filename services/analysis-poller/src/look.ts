import type { Cause, RequestedAnalysis } from "@plp/domain";
import type { AnalysisPorts } from "./ports.ts";

/** One delivery's look at one run. */
export interface Look {
  readonly run: string;
  readonly requested: RequestedAnalysis & { readonly at: string };
  readonly cause: Cause;
  readonly ports: AnalysisPorts;
}
