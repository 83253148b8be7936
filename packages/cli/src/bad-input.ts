/** Marks what the user gave as unusable: exit 2. */
const BAD_INPUT = "bad-input";

/** An error whose sentence names the file, option or field, and what belongs there: exit 2. */
export function badInput(message: string): Error {
  return Object.assign(new Error(message), { code: BAD_INPUT });
}

export function isBadInput(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === BAD_INPUT;
}

/** Why the operating system refused a path, in words. */
export function reasonOf(code: string): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "it may not be read",
    EPERM: "it may not be read",
    EISDIR: "it is a folder, not a file",
    ENOTDIR: "a part of the path is no folder",
  };
  return known[code] ?? `it cannot be used (${code})`;
}
