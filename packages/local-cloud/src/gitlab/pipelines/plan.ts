import type { Deployer } from "../../aws/iam/deployer.ts";
import { generatedPolicyName, initialPolicyName, managedPolicyArn } from "../../policy-names.ts";
import type { WantedPolicy, WantedRole } from "./folders.ts";
import type { FolderPlan, Step } from "./pipeline.ts";

/** Documents that say the same: white space and the order of keys do not count. */
function sameDocument(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}

function canonical(text: string): string {
  const sorted = (_key: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(JSON.parse(text), sorted);
}

/** Policies of a role that Terraform made, by their names; others are people's and stay. */
function isOurs(roleArn: string, arn: string): boolean {
  const generated = managedPolicyArn(roleArn, generatedPolicyName(roleArn, 1));
  if (arn.startsWith(generated)) return /^(-\d+)?$/.test(arn.slice(generated.length));
  return arn === managedPolicyArn(roleArn, initialPolicyName(roleArn));
}

function stepsFor(deployer: Deployer, { roleArn, policies }: WantedRole): Step[] {
  const attached = deployer.attached(roleArn);
  if (attached === null) throw new Error(`there is no role ${roleArn}`);
  const steps: Step[] = [];
  const step = (of: Step["do"], policyArn: string, path: string | null = null) =>
    steps.push({ do: of, roleArn, policyArn, path });
  // Changed and new ones before old ones go: the role never has less than before and after.
  for (const { arn, path, document } of policies) {
    const present = attached.get(arn) ?? deployer.document(roleArn, arn);
    if (present === null) step("create", arn, path);
    else if (!sameDocument(present, document)) step("update", arn, path);
    if (!attached.has(arn)) step("attach", arn);
  }
  const wanted = new Set(policies.map(({ arn }: WantedPolicy) => arn));
  for (const arn of attached.keys()) {
    if (wanted.has(arn) || !isOurs(roleArn, arn)) continue;
    step("detach", arn);
    step("remove", arn);
  }
  return steps;
}

/** What is to be done so that the roles have what a folder's files say. Throws for a role that is not there. */
export function planFolder(
  deployer: Deployer,
  folder: string,
  serial: number,
  roles: readonly WantedRole[],
): FolderPlan {
  const steps = roles.map((role) => stepsFor(deployer, role));
  const going = (step: Step) => step.do === "detach" || step.do === "remove";
  const all = steps.flat();
  return {
    folder,
    serial,
    steps: [...all.filter((step) => !going(step)), ...all.filter(going)],
  };
}

/** GitLab's Terraform report of plans: how many resources come, change and go. */
export function terraformReport(plans: readonly FolderPlan[]) {
  const steps = plans.flatMap((plan) => plan.steps);
  const count = (...of: Step["do"][]) => steps.filter((step) => of.includes(step.do)).length;
  return { create: count("create", "attach"), update: count("update"), delete: count("detach", "remove") };
}

const signs: Readonly<Record<Step["do"], string>> = {
  create: "+",
  update: "~",
  attach: "+",
  detach: "-",
  remove: "-",
};

/** A line for people of each step. */
export function stepText(step: Step): string {
  const role = step.roleArn.slice(step.roleArn.indexOf(":role/") + 1);
  const policy = step.policyArn.slice(step.policyArn.indexOf(":policy/") + 1);
  const from = step.path === null ? "" : ` from ${step.path}`;
  const what = { create: "create", update: "update", attach: "attach", detach: "detach", remove: "delete" };
  const account = step.roleArn.split(":")[4] ?? "";
  return `  ${signs[step.do]} ${what[step.do]} ${policy}${from} (${role}, account ${account})`;
}
