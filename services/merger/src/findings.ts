import {
  type Analysis,
  type EnvironmentScope,
  type Findings,
  joinAnalysis,
  type RoleState,
  uniteFindings,
  type Window,
} from "@plp/domain";
import { failureOf, permanent } from "@plp/runtime";
import type { MergePorts } from "./ports.ts";

export interface MergeFindings {
  readonly findings: Findings;
  /** Runs beside this one whose evidence is in it. */
  readonly joined: readonly string[];
  /** From the first of their windows to the end of the last. */
  readonly window: Window;
}

/**
 * What this run found, and what the runs before it found whose own merge failed or never came: nothing used is lost.
 * This run's own word comes last. Evidence of another run that cannot be read any more holds no merge up; that run
 * goes on waiting.
 */
export async function findingsOf(
  run: string,
  known: RoleState,
  scope: EnvironmentScope,
  ports: MergePorts,
): Promise<MergeFindings> {
  const open = known.open.get("grow");
  const waiting = new Set([...known.unmerged, ...(open?.run === run ? (open.joined ?? []) : [])]);
  const joined: string[] = [];
  const all: Findings[] = [];
  for (const other of known.observations.keys()) {
    if (other === run || !waiting.has(other)) continue;
    try {
      all.push(await findingsIn(other, known, scope, ports));
      joined.push(other);
    } catch (error) {
      if (!isLasting(error)) throw error;
      ports.log.error("the evidence of a run that was never merged cannot be read; its usage is missing", {
        run: other,
        error,
      });
    }
  }
  all.push(await findingsIn(run, known, scope, ports));
  const windows = [run, ...joined].flatMap((one) => known.observations.get(one)?.window ?? []);
  return {
    findings: uniteFindings(all),
    joined,
    window: {
      from: windows.map(({ from }) => from).reduce((a, b) => (a < b ? a : b)),
      to: windows.map(({ to }) => to).reduce((a, b) => (a > b ? a : b)),
    },
  };
}

/** Would the same call fail the same way until somebody changes something? */
export function isLasting(error: unknown): error is Error & { readonly code: string } {
  return failureOf(error)?.retryable === false;
}

async function findingsIn(
  run: string,
  known: RoleState,
  scope: EnvironmentScope,
  ports: MergePorts,
): Promise<Findings> {
  const observed = known.observations.get(run);
  if (observed === undefined) throw permanent("history-incomplete", `run ${run} is not in the history`);
  return joinAnalysis(await readAnalysis(observed.evidence, ports), scope);
}

/** The evidence of one run. Throws where it is not to be had, or of a version that nobody here reads. */
export async function readAnalysis(hash: string | null, ports: Pick<MergePorts, "blobs">): Promise<Analysis> {
  if (hash === null)
    throw permanent("evidence-missing", "the analysis has no evidence; the next round makes a new one");
  const analysis = JSON.parse(Buffer.from(await ports.blobs.get(hash)).toString("utf8")) as Analysis;
  if (analysis.schemaVersion !== 1) {
    throw permanent(
      "evidence-version",
      `evidence ${hash} has schema version ${analysis.schemaVersion}; update PLP, then start a round`,
    );
  }
  return analysis;
}
