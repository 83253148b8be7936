import { expect, test } from "vitest";
import written from "../../plp.config.ts";
import { memberTemplate } from "../../stacks/accounts/member.ts";
import { skipUnless } from "../support/skip.ts";
import { memberId } from "./account.ts";
import { evaluate, sstPlatform } from "./evaluate.ts";
import { resolveTemplate } from "./resolve.ts";
import { statementsOf } from "./statements.ts";

skipUnless(sstPlatform)("the accounts of the organization", async () => {
  const hub = await evaluate({ stage: "production" });
  const set = hub.one("aws:cloudformation/stackSet:StackSet", "MemberAccounts").inputs;

  test("get their roles by a StackSet of AWS Organizations, new accounts by themselves", () => {
    expect(set).toMatchObject({
      permissionModel: "SERVICE_MANAGED",
      callAs: "DELEGATED_ADMIN",
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      capabilities: ["CAPABILITY_NAMED_IAM"],
    });
    expect(JSON.parse(String(set.templateBody))).toEqual(JSON.parse(JSON.stringify(memberTemplate())));
    expect(
      hub.one("aws:cloudformation/stackSetInstance:StackSetInstance", "MemberAccountsInstances").inputs,
    ).toMatchObject({
      stackSetName: set.name,
      callAs: "DELEGATED_ADMIN",
      deploymentTargets: { organizationalUnitIds: ["r-ab12"] },
      stackSetInstanceRegion: "eu-central-1",
    });
  });

  test("trust exactly the hub's roles that read other accounts", () => {
    const account = resolveTemplate(memberTemplate(), parametersOf(set), memberId);
    const trust = statementsOf(account.get("Reader")?.properties.AssumeRolePolicyDocument);
    const trusted = trust.flatMap(
      ({ condition }) =>
        (condition as { ArnEquals: { "aws:PrincipalArn": string[] } }).ArnEquals["aws:PrincipalArn"],
    );
    const reading = hub
      .all("aws:iam/role:Role")
      .filter(({ inputs }) => JSON.stringify(inputs.inlinePolicies).includes("sts:AssumeRole"))
      .map(({ inputs }) => `arn:aws:iam::999988887777:role/${inputs.name}`);
    expect(reading.length).toBeGreaterThan(2);
    expect([...trusted].sort()).toEqual(reading.sort());
  });

  test("have the role that the hub assumes, by the name by which it does", () => {
    const account = resolveTemplate(memberTemplate(), parametersOf(set), memberId);
    const { Path, RoleName } = account.get("Reader")?.properties ?? {};
    const assumed = hub
      .all("aws:iam/role:Role")
      .map(({ inputs }) => JSON.stringify(inputs.inlinePolicies))
      .filter((policies) => policies.includes("sts:AssumeRole"));
    for (const policies of assumed) expect(policies).toContain(`arn:aws:iam::*:role${Path}${RoleName}`);
  });

  test("the management account gets the same template, with the parameters that the deployment prints", () => {
    expect(hub.outputs).toMatchObject({ memberParameters: set.parameters });
  });

  test("that have roles of their own get no StackSet", async () => {
    const { members: _, ...without } = written;
    const other = await evaluate({ stage: "staging", settings: without });
    expect(other.all("aws:cloudformation/stackSet:StackSet")).toEqual([]);
  });

  test("a reader without a path of its own is refused before anything is deployed", async () => {
    const settings = { ...written, roles: { ...written.roles, reader: "plp-reader" } };
    await expect(evaluate({ stage: "staging", settings })).rejects.toThrow("need one path of their own");
  });
});

function parametersOf(set: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return set.parameters as Readonly<Record<string, string>>;
}
