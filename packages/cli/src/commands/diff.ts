import { diffPolicies, type Permission } from "@plp/iam-policy";
import { policyIn } from "../input.ts";
import { type Answer, type Style, table } from "../output.ts";
import { conditionText } from "../render/permission.ts";

/** `plp diff`: what NEW allows and OLD does not, and the other way round. Exit 1 when NEW allows more. */
export async function diff(oldFile: string, newFile: string): Promise<Answer> {
  const { verdict, added, removed } = diffPolicies(await policyIn(oldFile), await policyIn(newFile));
  return {
    json: { verdict, added, removed },
    people: (style) =>
      [
        `${newFile} is ${style.bold(verdict === "equal" ? "equal" : verdict)}.`,
        changes(style, added, removed),
      ]
        .filter((text) => text !== "")
        .join("\n\n"),
    exit: added.length > 0 ? 1 : 0,
  };
}

function changes(style: Style, added: readonly Permission[], removed: readonly Permission[]): string {
  const rows = [...added.map((one) => row("+", one)), ...removed.map((one) => row("-", one))];
  return table(style, ["", "permission", "on", "only if"], rows);
}

function row(sign: string, { action, resource, condition }: Permission): string[] {
  return [sign, action, resource, conditionText(condition)];
}
