import type { RequestView } from "../view.ts";

/** All additions of a request, and the time in which they were used: from the first window to the last. */
export function totals({ roles }: RequestView): {
  readonly added: number;
  readonly removed: number;
  readonly from: string;
  readonly to: string;
} {
  const windows = roles.map(({ proposal }) => proposal.window);
  return {
    added: roles.reduce((sum, { proposal }) => sum + proposal.added.length, 0),
    removed: roles.reduce((sum, { proposal }) => sum + proposal.removed.length, 0),
    from: windows.map(({ from }) => from).sort()[0] ?? "",
    to:
      windows
        .map(({ to }) => to)
        .sort()
        .at(-1) ?? "",
  };
}
