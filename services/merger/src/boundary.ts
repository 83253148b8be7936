import type { EnvironmentScope } from "@plp/domain";
import { isPolicyError, type Policy, parsePolicy, type Question } from "@plp/iam-policy";
import type { PolicyRepository } from "./ports.ts";

export interface Boundary {
  /** Null: the role has none, or nobody can read it, which is then a question. */
  readonly policy: Policy | null;
  readonly questions: readonly Question[];
}

/** The permissions boundary that the environment names: PLP reads it for backtests, and never edits it. */
export async function readBoundary(
  repository: PolicyRepository,
  { application, permissionsBoundaryPath }: EnvironmentScope,
  commit: string,
): Promise<Boundary> {
  if (permissionsBoundaryPath === null) return { policy: null, questions: [] };
  const path = `${application.folder}/${permissionsBoundaryPath}`;
  const file = await repository.file(path, commit);
  if (file === null) return unreadable(path, "there is no such file");
  try {
    return { policy: parsePolicy(file.content, path), questions: [] };
  } catch (error) {
    if (!isPolicyError(error)) throw error;
    return unreadable(path, error.message);
  }
}

function unreadable(path: string, reason: string): Boundary {
  const detail = `The permissions boundary ${path} cannot be read (${reason}): the backtest was made without it.`;
  return { policy: null, questions: [{ kind: "unreadable", detail }] };
}
