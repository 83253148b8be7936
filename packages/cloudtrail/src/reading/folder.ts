import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "@plp/runtime/errors";
import type { BadFile } from "../types.ts";
import { isLogFile } from "./files.ts";

export interface Listing {
  readonly files: readonly string[];
  readonly bad: readonly BadFile[];
}

/**
 * Every log file below a folder, at any depth, sorted by path. A folder that is reached twice through links is
 * read once, so loops end; what may not be opened is in `bad`.
 */
export async function listLogFiles(dir: string): Promise<Listing> {
  const files: string[] = [];
  const bad: BadFile[] = [];
  const visited = new Set<string>();

  const visit = async (path: string): Promise<void> => {
    const real = await realpath(path);
    if (visited.has(real)) {
      return;
    }
    visited.add(real);
    // To join the path of each file anew takes longer than to list them.
    const before = join(path, "_").slice(0, -"_".length);
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const inner = `${before}${entry.name}`;
      try {
        const kind = entry.isSymbolicLink() ? await stat(inner) : entry;
        if (kind.isDirectory()) {
          await visit(inner);
        } else if (kind.isFile() && isLogFile(inner)) {
          files.push(inner);
        }
      } catch (error) {
        bad.push({ path: inner, reason: messageOf(error) });
      }
    }
  };

  await visit(dir);
  files.sort();
  return { files, bad };
}
