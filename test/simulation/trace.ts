import { createHash } from "node:crypto";

/** Everything that happened, in order: as one hash, and line by line for whoever wants to read it. */
export interface Trace {
  /** `what` is the same for the same seed, commit ids and all. */
  add(at: number, who: string, what: string): void;
  /** Over all lines so far. */
  hash(): string;
  lines(): number;
}

export function traceTo(write: ((line: string) => void) | null): Trace {
  const hash = createHash("sha256");
  let lines = 0;
  return {
    add(at, who, what) {
      const line = `${new Date(at).toISOString()} ${who} ${what}`;
      lines += 1;
      hash.update(line).update("\n");
      write?.(line);
    },
    hash: () => hash.copy().digest("hex"),
    lines: () => lines,
  };
}
