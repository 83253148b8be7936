import { failureOf, messageOf } from "@plp/runtime";

/** What one check came to. */
export interface Finding {
  /** What has to be so, in a few words. */
  readonly check: string;
  /** A project, an account, or the hub. */
  readonly subject: string;
  /** `unknown`: it could not be looked at. */
  readonly status: "ok" | "failed" | "unknown";
  readonly cause: string | null;
  /** The line that repairs it. */
  readonly repair: string | null;
}

/** Null: it is as it has to be. */
export type Verdict = { readonly cause: string; readonly repair: string; readonly unknown?: true } | null;

/** One check; a fault of the other side is its cause. `blocked`: an earlier check failed, so this one cannot tell. */
export async function check(
  { subject, name, repair }: { readonly subject: string; readonly name: string; readonly repair: string },
  look: () => Promise<Verdict>,
): Promise<Finding> {
  try {
    const verdict = await look();
    if (verdict === null) return { check: name, subject, status: "ok", cause: null, repair: null };
    const status = verdict.unknown === true ? "unknown" : "failed";
    return { check: name, subject, status, cause: verdict.cause, repair: verdict.repair };
  } catch (error) {
    // A mistake of ours is no finding.
    if (failureOf(error) === null) throw error;
    return { check: name, subject, status: "failed", cause: messageOf(error), repair };
  }
}
