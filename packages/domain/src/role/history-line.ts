import { parseRoleStream, type RoleId } from "../ids.ts";

export interface HistoryLine {
  readonly role: RoleId;
  /** Of its `PolicyProposed`. */
  readonly version: number;
  /** Of the commit that holds that event. */
  readonly hash: string;
}

/** What ARNs commonly hold; a path may hold more, such as the brackets of `[skip-ci]`. */
const UNCOMMON = /[^A-Za-z0-9+=,.:/_-]/gu;
const LINE = /^Plp-History: (\S+) (\d{1,15}) ([0-9a-f]{8,128})$/gm;

/**
 * `Plp-History: <ARN>#<unique id> <version> <hash>`, the anchor of a proposal in Git. Uncommon characters of an ARN's path
 * are written `%XX`, because GitLab reads commands such as `[skip-ci]` anywhere in a message.
 */
export function historyLine(
  role: RoleId,
  { version, hash }: { readonly version: number; readonly hash: string },
): string {
  const arn = role.arn.replace(UNCOMMON, (char) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
  return `Plp-History: ${arn}#${role.uniqueId} ${version} ${hash}`;
}

/** The anchors of a commit message, in their order. Null when a line looks like one and is none. */
export function readHistoryLines(message: string): readonly HistoryLine[] | null {
  const lines: HistoryLine[] = [];
  for (const [, name = "", version, hash = ""] of message.matchAll(LINE)) {
    const role = parseRoleStream(`role#${decoded(name) ?? ""}`);
    if (role === null) return null;
    lines.push({ role, version: Number(version), hash });
  }
  return lines;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
