import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListPolicyVersionsCommand,
  PutRolePermissionsBoundaryCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";

export type Attributes = Readonly<Record<string, string | number | null>>;

/** A resource type: its attributes, and what is called in AWS for it. */
export interface ResourceType {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Known only once the resource is there. */
  readonly computed: readonly string[];
  /** A change of these makes it anew. */
  readonly fixed: readonly string[];
  create(iam: IAMClient, wish: Attributes): Promise<Attributes>;
  /** Null when it is gone. */
  read(iam: IAMClient, state: Attributes): Promise<Attributes | null>;
  update(iam: IAMClient, state: Attributes, wish: Attributes): Promise<Attributes>;
  remove(iam: IAMClient, state: Attributes): Promise<void>;
}

const text = (value: string | number | null | undefined) =>
  value === null ? undefined : String(value ?? "");

async function orGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if ((error as Error).name.startsWith("NoSuchEntity")) return null;
    throw error;
  }
}

const role: ResourceType = {
  required: ["name", "assume_role_policy"],
  optional: ["path", "permissions_boundary"],
  computed: ["id", "arn", "unique_id"],
  fixed: ["name", "path"],
  async create(iam, wish) {
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: text(wish.name),
        Path: text(wish.path) ?? "/",
        AssumeRolePolicyDocument: text(wish.assume_role_policy),
        PermissionsBoundary: text(wish.permissions_boundary),
      }),
    );
    return { ...wish, id: Role?.RoleName ?? "", arn: Role?.Arn ?? "", unique_id: Role?.RoleId ?? "" };
  },
  async read(iam, state) {
    const found = await orGone(iam.send(new GetRoleCommand({ RoleName: text(state.name) })));
    if (found === null) return null;
    const { Role } = found;
    return {
      ...state,
      arn: Role?.Arn ?? "",
      unique_id: Role?.RoleId ?? "",
      assume_role_policy: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""),
      permissions_boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    };
  },
  async update(iam, state, wish) {
    const RoleName = text(state.name);
    if (wish.assume_role_policy !== state.assume_role_policy) {
      const PolicyDocument = text(wish.assume_role_policy);
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    }
    const PermissionsBoundary = text(wish.permissions_boundary);
    if (wish.permissions_boundary !== state.permissions_boundary) {
      if (PermissionsBoundary === undefined) {
        await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
      } else await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    }
    return { ...wish, id: state.id ?? "", arn: state.arn ?? "", unique_id: state.unique_id ?? "" };
  },
  async remove(iam, state) {
    await iam.send(new DeleteRoleCommand({ RoleName: text(state.name) }));
  },
};

const policy: ResourceType = {
  required: ["name", "policy"],
  optional: ["path"],
  computed: ["id", "arn"],
  fixed: ["name", "path"],
  async create(iam, wish) {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: text(wish.name),
        Path: text(wish.path) ?? "/",
        PolicyDocument: text(wish.policy),
      }),
    );
    return { ...wish, id: Policy?.Arn ?? "", arn: Policy?.Arn ?? "" };
  },
  async read(iam, state) {
    const PolicyArn = text(state.arn);
    const found = await orGone(iam.send(new GetPolicyCommand({ PolicyArn })));
    if (found === null) return null;
    const VersionId = found.Policy?.DefaultVersionId;
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    return { ...state, policy: decodeURIComponent(PolicyVersion?.Document ?? "") };
  },
  async update(iam, state, wish) {
    const PolicyArn = text(state.arn);
    const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    const oldest = Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).at(-1);
    if (Versions.length >= 5 && oldest !== undefined) {
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest.VersionId }));
    }
    const PolicyDocument = text(wish.policy);
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    return { ...wish, id: state.id ?? "", arn: state.arn ?? "" };
  },
  async remove(iam, state) {
    const PolicyArn = text(state.arn);
    const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    for (const { VersionId, IsDefaultVersion } of Versions) {
      if (!IsDefaultVersion) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
  },
};

const attachment: ResourceType = {
  required: ["role", "policy_arn"],
  optional: [],
  computed: ["id"],
  fixed: ["role", "policy_arn"],
  async create(iam, wish) {
    const attached = { RoleName: text(wish.role), PolicyArn: text(wish.policy_arn) };
    await iam.send(new AttachRolePolicyCommand(attached));
    return { ...wish, id: `${attached.RoleName}-${attached.PolicyArn}` };
  },
  async read(iam, state) {
    const found = await orGone(iam.send(new ListAttachedRolePoliciesCommand({ RoleName: text(state.role) })));
    const there = found?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === state.policy_arn);
    return there ? state : null;
  },
  update: async (_iam, _state, wish) => wish,
  async remove(iam, state) {
    const attached = { RoleName: text(state.role), PolicyArn: text(state.policy_arn) };
    await iam.send(new DetachRolePolicyCommand(attached));
  },
};

/** The resource types that the template uses. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  aws_iam_role: role,
  aws_iam_policy: policy,
  aws_iam_role_policy_attachment: attachment,
};
