import { createHash } from "node:crypto";

/** Everything that happened, in order: as one hash, and line by line for whoever wants to read it. */
export interface Trace {
  /** `what` is the same for the same seed, commit ids and all. */
  add(at: number, who: string, what: string): void;
  /** Over all lines so far. */
  hash(): string;
}

export function traceTo(write: ((line: string) => void) | null): Trace {
  const hash = createHash("sha256");
  let unhashed: string[] = [];
  const catchUp = () => {
    hash.update(unhashed.join("\n"));
    unhashed = [];
  };
  return {
    add(at, who, what) {
      unhashed.push(`${at} ${who} ${what}`);
      if (unhashed.length >= 200) catchUp();
      write?.(`${new Date(at).toISOString()} ${who} ${what}`);
    },
    hash() {
      catchUp();
      return hash.copy().digest("hex");
    },
  };
}
