import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Paths of everything that is committed or would be: what git knows and what it does not ignore. */
export function committable(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listed.split("\0"))].filter((path) => path !== "" && existsSync(join(root, path)));
}

/** The TypeScript of the house, path → text. */
export function sources(): ReadonlyMap<string, string> {
  return new Map(
    committable()
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => [path, read(path)]),
  );
}

/** Name after `@plp/` → folder, from the package.json of every workspace. */
export function packageFolders(): ReadonlyMap<string, string> {
  return new Map(
    committable()
      .filter((path) => /^(packages|services)\/[^/]+\/package\.json$/.test(path))
      .map((path) => {
        const { name }: { name: string } = JSON.parse(read(path));
        return [name.replace("@plp/", ""), path.slice(0, -"/package.json".length)];
      }),
  );
}
