import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "vitest";

/** Something outside the project that a test needs: a program or a folder. */
export interface Need {
  /** As a person knows it, e.g. "Java 17 (java)". */
  readonly name: string;
  /** null when it can be used, else what is the matter, in a few words. */
  readonly missing: string | null;
  /** The machine has it after all, only not where a test may use it: in CI that is a failure, not a skip. */
  readonly present: boolean;
}

/** Where programs stand on a machine whose PATH has been cut short. */
const USUAL_FOLDERS = ["/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin"];

/** A program that is found on the PATH; `works` tries whether it is fit, and says what is wrong with it or null. */
export function program(
  command: string,
  name: string,
  works: (path: string) => string | null = () => null,
): Need {
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const path = find(command, onPath);
  const present = path !== null || find(command, USUAL_FOLDERS) !== null;
  return { name, present, missing: path === null ? "it is not on the PATH" : works(path) };
}

/** A folder, given absolutely. */
export function folder(path: string, name: string): Need {
  const present = existsSync(path);
  const usable = present && statSync(path).isDirectory();
  return { name, present, missing: usable ? null : "there is no such folder" };
}

function find(command: string, folders: readonly string[]): string | null {
  for (const folder of folders) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here: the next folder.
    }
  }
  return null;
}

/**
 * `skipUnless(java)("on DynamoDB Local", () => { … })`: a describe that runs when the need is met, and otherwise is
 * one skipped test that names what is missing. With CI=true on a machine that has it, the skip is a failure. There is
 * no other way to skip a test in this project.
 */
export function skipUnless(need: Need): (title: string, body: () => void) => void {
  const { name, missing, present } = need;
  return (title, body) => {
    if (missing === null) return void describe(title, body);
    describe(title, () => {
      it(`needs ${name}, and ${missing}`, (context) => {
        if (process.env.CI === "true" && present)
          throw new Error(
            `This machine has ${name}, but ${missing}: repair that, so that "${title}" runs in CI.`,
          );
        context.skip(`${name}: ${missing}`);
      });
    });
  };
}
