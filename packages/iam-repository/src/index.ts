import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const template = fileURLToPath(new URL("../template/", import.meta.url));
/** The application that the template shows; its files are the pattern of every other. */
const example = "example";

const read = (path: string) => readFileSync(`${template}${path}`, "utf8");

/** Path → content of what an IAM repository shares: pipeline, scripts, module. Without README and applications. */
export function sharedFiles(): Map<string, string> {
  const paths = readdirSync(template, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(template.length), entry.name))
    .filter(
      (path) => path !== "README.md" && !path.startsWith(`${example}/`) && !path.includes(".terraform"),
    );
  return new Map(paths.sort().map((path) => [path, read(path)]));
}

export interface TemplateEnvironment {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly generate: boolean;
}

/** File name → content of an application's Terraform configuration, as the template's example has it. */
export function applicationFiles(
  application: string,
  environments: readonly TemplateEnvironment[],
): Map<string, string> {
  const facts = environments.map(({ name, accountId, region, generate }) => {
    const fact = { account_id: accountId, region, generate };
    const line = JSON.stringify(fact).replaceAll(":", ": ").replaceAll(",", ", ");
    return `    ${JSON.stringify(name)}: ${line.replace("{", "{ ").replace("}", " }")}`;
  });
  return new Map([
    [
      "application.json",
      `{\n  "application": ${JSON.stringify(application)},\n  "environments": {\n${facts.join(",\n")}\n  }\n}\n`,
    ],
    ["main.tf", read(`${example}/main.tf`)],
    ["outputs.tf", read(`${example}/outputs.tf`)],
    ["versions.tf", read(`${example}/versions.tf`)],
    ...environments.map(
      ({ name }) => [`${name}.tf`, read(`${example}/prod.tf`).replaceAll("prod", name)] as const,
    ),
  ]);
}
