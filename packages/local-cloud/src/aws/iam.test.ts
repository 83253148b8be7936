import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  paginateListAttachedRolePolicies,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLogArchive } from "../archive/index.ts";
import {
  account,
  handClock,
  organization,
  otherAccount,
  shopFiles,
  temporaryFolder,
  writeFiles,
} from "../testing/logs.ts";
import { awsEndpoint } from "./endpoint.ts";
import { type RunningServer, serve } from "./http.ts";
import { openIam } from "./iam/state.ts";
import { openJobs } from "./policy-generation-jobs.ts";
import { hubCredentials, localCredentials } from "./signature.ts";

let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;

async function start(): Promise<void> {
  const clock = handClock();
  server = await serve(
    awsEndpoint({
      archive: await openLogArchive(`${folder.path}/logs`),
      state: openIam({ folder: `${folder.path}/iam`, roles: organization.roles, clock }),
      jobs: openJobs(`${folder.path}/jobs.state`, clock),
      credentials: localCredentials(clock),
      readerRole: "plp-reader",
      managementRole: "iam-management",
      now: () => clock.now(),
    }),
    0,
  );
}

beforeEach(async () => {
  folder = temporaryFolder();
  writeFiles(`${folder.path}/logs`, shopFiles);
  await start();
});
afterEach(async () => {
  await server.stop();
  folder.remove();
});

const at = () => ({ endpoint: server.url, region: "eu-central-1", maxAttempts: 1 });
/** A person in the account's console. */
const console_ = (accountId = account) =>
  new IAMClient({ ...at(), credentials: { accessKeyId: accountId, secretAccessKey: "x" } });

async function sessionOf(role: string): Promise<IAMClient> {
  const sts = new STSClient({ ...at(), credentials: hubCredentials });
  const RoleArn = `arn:aws:iam::${account}:role/${role}`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }));
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  return new IAMClient({ ...at(), credentials });
}

const allow = (action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const refused = (work: Promise<unknown>) =>
  work.then(
    () => "nothing was refused",
    (error: Error) => error.name,
  );

async function attachedTo(iam: IAMClient, RoleName: string): Promise<(string | undefined)[]> {
  const names: (string | undefined)[] = [];
  for await (const page of paginateListAttachedRolePolicies({ client: iam, pageSize: 2 }, { RoleName })) {
    names.push(...(page.AttachedPolicies ?? []).map(({ PolicyName }) => PolicyName));
  }
  return names;
}

describe("the local IAM", () => {
  it("makes roles and policies, attaches them, and shows them again after a restart", async () => {
    const iam = console_();
    const boundary = await iam.send(
      new CreatePolicyCommand({ PolicyName: "edge", PolicyDocument: allow("s3:*") }),
    );
    const made = await iam.send(
      new CreateRoleCommand({
        RoleName: "new",
        Path: "/ci/",
        AssumeRolePolicyDocument: trust,
        PermissionsBoundary: boundary.Policy?.Arn,
        Description: "deploys",
      }),
    );
    expect(made.Role).toMatchObject({ Arn: `arn:aws:iam::${account}:role/ci/new`, Description: "deploys" });
    for (const name of ["a", "b", "c"]) {
      const { Policy } = await iam.send(
        new CreatePolicyCommand({ PolicyName: name, Path: "/ci/", PolicyDocument: allow(`sqs:${name}*`) }),
      );
      await iam.send(new AttachRolePolicyCommand({ RoleName: "new", PolicyArn: Policy?.Arn }));
    }
    await iam.send(
      new PutRolePolicyCommand({ RoleName: "new", PolicyName: "in", PolicyDocument: allow("ec2:*") }),
    );
    await server.stop();
    await start();

    const reader = await sessionOf("plp-reader");
    const { Role } = await reader.send(new GetRoleCommand({ RoleName: "NEW" }));
    expect(Role).toMatchObject({
      RoleId: made.Role?.RoleId,
      PermissionsBoundary: {
        PermissionsBoundaryType: "Policy",
        PermissionsBoundaryArn: boundary.Policy?.Arn,
      },
    });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(trust);
    expect(await attachedTo(reader, "new")).toEqual(["a", "b", "c"]);
    const inline = await reader.send(new GetRolePolicyCommand({ RoleName: "new", PolicyName: "in" }));
    expect(decodeURIComponent(inline.PolicyDocument ?? "")).toBe(allow("ec2:*"));
    expect((await reader.send(new ListRolePoliciesCommand({ RoleName: "new" }))).PolicyNames).toEqual(["in"]);
  });

  it("keeps the versions of a policy: five at most, the default one counts and is never deleted", async () => {
    const iam = console_();
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: "p", PolicyDocument: allow("s3:Get*") }),
    );
    const PolicyArn = Policy?.Arn;
    const edit = (SetAsDefault: boolean, action = "s3:*") =>
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow(action), SetAsDefault }));
    for (let count = 2; count <= 5; count += 1) await edit(count === 3, `s3:Put${count}*`);
    expect(await refused(edit(true))).toBe("LimitExceededException");
    const shown = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(shown.Policy?.DefaultVersionId).toBe("v3");
    expect(await refused(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v3" })))).toBe(
      "DeleteConflictException",
    );
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v4" }));
    await edit(false);
    const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
      ["v6", false],
      ["v5", false],
      ["v4", true],
      ["v3", false],
      ["v2", false],
    ]);
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v4" }));
    expect(decodeURIComponent(version.PolicyVersion?.Document ?? "")).toBe(allow("s3:Put4*"));
  });

  it("lets a person edit in the console: trust, boundary, inline and attached policies", async () => {
    const iam = console_();
    const RoleName = "shop-prod";
    const admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: admin }));
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: admin }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "x", PolicyDocument: allow("s3:*") }));
    const edited = await iam.send(new GetRoleCommand({ RoleName }));
    expect(edited.Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(admin);
    expect(decodeURIComponent(edited.Role?.AssumeRolePolicyDocument ?? "")).toBe(trust);
    expect(await attachedTo(iam, RoleName)).toEqual(["initial", "AdministratorAccess"]);
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: admin }));
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "x" }));
    const after = await iam.send(new GetRoleCommand({ RoleName }));
    expect(after.Role?.PermissionsBoundary).toBeUndefined();
    expect(await attachedTo(iam, RoleName)).toEqual(["initial"]);
  });

  it("refuses what AWS refuses, and changes nothing by it", async () => {
    const iam = console_();
    const RoleName = "shop-prod";
    const policy = (PolicyName: string, PolicyDocument: string) =>
      iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
    expect(await refused(policy("p", '{"Version":"2012-10-17","Statement":[]}'))).toBe(
      "MalformedPolicyDocumentException",
    );
    expect(await refused(policy("p", "nothing"))).toBe("MalformedPolicyDocumentException");
    expect(await refused(policy("p", allow(`s3:${"x".repeat(6144)}`)))).toBe("LimitExceededException");
    const { Policy } = await policy("p", allow("s3:*"));
    expect(await refused(policy("P", allow("s3:*")))).toBe("EntityAlreadyExistsException");
    for (let count = 1; count < 10; count += 1) {
      const made = await policy(`p${count}`, allow("s3:*"));
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: made.Policy?.Arn }));
    }
    const PolicyArn = Policy?.Arn;
    expect(await refused(iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })))).toBe(
      "LimitExceededException",
    );
    expect(await refused(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })))).toBe(
      "NoSuchEntityException",
    );
    const attached = `arn:aws:iam::${account}:policy/p1`;
    expect(await refused(iam.send(new DeletePolicyCommand({ PolicyArn: attached })))).toBe(
      "DeleteConflictException",
    );
    expect(await refused(iam.send(new DeleteRoleCommand({ RoleName })))).toBe("DeleteConflictException");
    const other = console_(otherAccount);
    expect(await refused(other.send(new GetPolicyCommand({ PolicyArn: attached })))).toBe(
      "NoSuchEntityException",
    );
    expect(await attachedTo(iam, RoleName)).toHaveLength(10);
  });

  it("lets the management role write, and nobody else's session", async () => {
    const wish = new CreatePolicyCommand({ PolicyName: "p", PolicyDocument: allow("s3:*") });
    expect(await refused((await sessionOf("plp-reader")).send(wish))).toBe("AccessDenied");
    await (await sessionOf("iam-management")).send(wish);
    expect(await refused(sessionOf("ci/shop-prod"))).toBe("AccessDenied");
  });
});
