import type { AwsCheck, AwsChecks, AwsFinding } from "@plp/domain";
import type { RequestView } from "../view.ts";
import { environmentsOf, gather } from "./gather.ts";
import { code } from "./text.ts";
import { list, plural } from "./words.ts";

const TYPES: readonly (readonly [AwsFinding["type"], string])[] = [
  ["ERROR", "error"],
  ["SECURITY_WARNING", "security warning"],
  ["WARNING", "warning"],
  ["SUGGESTION", "suggestion"],
];

/** One row for all of AWS's checks that were asked for; none where none was. */
export function awsCheck({ roles }: RequestView): string[] {
  const made = roles.flatMap(({ proposal }) => proposal.awsChecks ?? []);
  const parts = [
    ...validation(made.flatMap(({ validatePolicy }) => validatePolicy ?? [])),
    ...verdict(
      "CheckNoNewAccess",
      "allows nothing new",
      made.flatMap(({ noNewAccess }) => noNewAccess ?? []),
    ),
    ...verdict(
      "CheckAccessNotGranted",
      "nothing that the settings forbid is granted",
      made.flatMap(({ notGranted }) => notGranted ?? []),
    ),
  ];
  return parts.length === 0 ? [] : [`| AWS's checks | ${parts.join("; ")} |`];
}

/** What AWS would refuse or warns of: a reviewer reads it before anything else of AWS's. */
export function awsLines({ roles }: RequestView): string[] {
  const groups = gather(roles, ({ proposal }) =>
    serious(proposal.awsChecks ?? null).map((item) => ({ key: JSON.stringify(item), item })),
  );
  return groups.flatMap(({ found }) => {
    const [first] = found;
    if (first === undefined) return [];
    const { title, name, statement, detail } = first.item;
    const where = statement === null ? "" : ` in statement ${code(statement, 100)}`;
    return [`- **${title} · ${environmentsOf(found)}** ${code(name, 80)}${where}: ${code(detail, 300)}`];
  });
}

interface Serious {
  readonly title: string;
  readonly name: string;
  readonly statement: string | null;
  readonly detail: string;
}

function serious(checks: AwsChecks | null): Serious[] {
  const found = (checks?.validatePolicy?.findings ?? []).flatMap(
    ({ type, code: name, statement, detail }) => {
      if (type === "ERROR") return [{ title: "AWS refuses it", name, statement, detail }];
      return type === "SECURITY_WARNING" ? [{ title: "AWS warns", name, statement, detail }] : [];
    },
  );
  const granted = checks?.notGranted?.result === "fail" ? checks.notGranted.reasons : [];
  const title = "Granted against the settings";
  return [
    ...found,
    ...granted.map((detail) => ({ title, name: "CheckAccessNotGranted", statement: null, detail })),
  ];
}

function validation(checks: readonly (AwsCheck & { readonly findings: readonly AwsFinding[] })[]): string[] {
  if (checks.length === 0) return [];
  const findings = checks.flatMap((check) => check.findings);
  const counts = TYPES.map(([type, noun]) => ({
    noun,
    count: findings.filter((finding) => finding.type === type).length,
  })).filter(({ count }) => count > 0);
  const text =
    counts.length === 0 ? "no findings" : list(counts.map(({ noun, count }) => plural(count, noun)));
  const isBad = counts.some(({ noun }) => noun === "error" || noun === "security warning");
  const told = checks.some(({ result }) => result !== "not-made")
    ? [`ValidatePolicy: ${isBad ? `**${text}**` : text}`]
    : [];
  return [...told, ...notMade("ValidatePolicy", checks)];
}

function verdict(name: string, passed: string, checks: readonly AwsCheck[]): string[] {
  const made = checks.filter(({ result }) => result !== "not-made");
  const isFailed = made.some(({ result }) => result === "fail");
  const told = made.length === 0 ? [] : [`${name}: ${isFailed ? "**failed**" : passed}`];
  return [...told, ...notMade(name, checks)];
}

function notMade(name: string, checks: readonly AwsCheck[]): string[] {
  const [first] = checks.flatMap((check) => (check.result === "not-made" ? [check.reason] : []));
  return first === undefined ? [] : [`${name} could not be made: ${code(first, 120)}`];
}
