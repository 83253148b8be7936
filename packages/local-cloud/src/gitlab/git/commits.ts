/** A commit as git holds it; times are ISO 8601 with the offset that git recorded. */
export interface Commit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly at: string;
}

/** Reads the text of a commit object. */
export function parseCommit(id: string, raw: string): Commit {
  const end = raw.indexOf("\n\n");
  const headers = (end < 0 ? raw : raw.slice(0, end)).split("\n");
  const value = (key: string) =>
    headers.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1) ?? "";
  return {
    id,
    tree: value("tree"),
    parents: headers.filter((line) => line.startsWith("parent ")).map((line) => line.slice(7)),
    author: parseSignature(value("author")),
    committer: parseSignature(value("committer")),
    message: end < 0 ? "" : raw.slice(end + 2),
  };
}

function parseSignature(text: string): Signature {
  const match = /^(.*?) ?<(.*)> (-?\d+) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (match === null) return { name: text, email: "", at: "1970-01-01T00:00:00.000+00:00" };
  const [, name = "", email = "", seconds = "0", sign = "+", hours = "00", minutes = "00"] = match;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  const local = new Date((Number(seconds) + offset * 60) * 1000).toISOString().slice(0, -1);
  return { name, email, at: `${local}${sign}${hours}:${minutes}` };
}

/** A path inside a repository: relative, no empty, dot or `.git` part, no control character. */
export function isSafePath(path: string): boolean {
  if (path === "" || path.length > 4096 || /[\p{Cc}\\]/u.test(path)) return false;
  return path
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");
}

/** git's rules for a branch name (git-check-ref-format), and no leading dash. */
export function isBranchName(name: string): boolean {
  if (name === "" || name.length > 250 || /[\p{Cc} ~^:?*[\\]/u.test(name)) return false;
  if (/^[-/]|\/$|\/\/|\.\.|@\{|^@$|\.$/.test(name) || /^[0-9a-f]{40}$/.test(name) || name === "HEAD")
    return false;
  return name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}
