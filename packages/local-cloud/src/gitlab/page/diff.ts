/** One line of a difference as a reader sees it, with its numbers in the old and the new file. */
export interface DiffLine {
  readonly kind: "add" | "del" | "same" | "hunk";
  readonly before: number | null;
  readonly after: number | null;
  /** Without its sign. */
  readonly text: string;
}

/** Reads the hunks of a unified difference, as `git diff` writes them. */
export function diffLines(diff: string): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let before = 0;
  let after = 0;
  for (const line of diff.replace(/\n$/, "").split("\n")) {
    const [, from, to] = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line) ?? [];
    const text = line.slice(1);
    if (from !== undefined && to !== undefined) {
      before = Number(from);
      after = Number(to);
      lines.push({ kind: "hunk", before: null, after: null, text: line });
    } else if (line.startsWith("+")) lines.push({ kind: "add", before: null, after: after++, text });
    else if (line.startsWith("-")) lines.push({ kind: "del", before: before++, after: null, text });
    else if (line.startsWith(" ")) lines.push({ kind: "same", before: before++, after: after++, text });
    else if (line !== "")
      lines.push({ kind: "hunk", before: null, after: null, text: line.replace(/^\\ /, "") });
  }
  return lines;
}
