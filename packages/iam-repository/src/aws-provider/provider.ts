import { fileURLToPath } from "node:url";
import { IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import {
  type handleUnaryCall,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type Attributes, type ResourceType, resourceTypes } from "./resources.ts";
import { type DynamicValue, decode, encode, isUnknown, type State, unknown } from "./values.ts";

export interface ProviderOptions {
  /** Of IAM and STS. */
  readonly endpoint: string;
  /** Of the identity that the pipeline runs with, which assumes the role of each provider configuration. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Told of every change, in the order in which they end. */
  readonly onChange?: (change: string) => void;
}

export interface RunningProvider {
  /** For Terraform's environment: TF_REATTACH_PROVIDERS. */
  readonly reattach: string;
  stop(): Promise<void>;
}

interface Asked {
  readonly type_name?: string;
  readonly config?: DynamicValue;
  readonly current_state?: DynamicValue;
  readonly prior_state?: DynamicValue;
  readonly proposed_new_state?: DynamicValue;
  readonly planned_state?: DynamicValue;
  readonly raw_state?: DynamicValue;
}

type Answer = (asked: Asked, peer: string) => Promise<object> | object;

const stringType = Buffer.from('"string"');

function attribute(name: string, kind: "required" | "optional" | "computed") {
  return { name, type: stringType, [kind]: true };
}

function schemaOf(type: ResourceType) {
  const attributes = [
    ...type.required.map((name) => attribute(name, "required")),
    ...type.optional.map((name) => attribute(name, "optional")),
    ...type.computed.map((name) => attribute(name, "computed")),
  ];
  return { version: 0, block: { version: 0, attributes, block_types: [] } };
}

const assumeRole = {
  type_name: "assume_role",
  nesting: "LIST",
  block: {
    version: 0,
    attributes: [attribute("role_arn", "optional"), attribute("session_name", "optional")],
    block_types: [],
  },
};

const providerSchema = {
  version: 0,
  block: { version: 0, attributes: [attribute("region", "optional")], block_types: [assumeRole] },
};

/**
 * A stand-in for the AWS provider, to which Terraform attaches instead of starting one: roles, managed policies and their
 * attachments, as real calls of AWS's SDK to an endpoint of ours. Each provider configuration is a connection of its own.
 */
export async function startProvider(options: ProviderOptions): Promise<RunningProvider> {
  const { endpoint, credentials, onChange = () => undefined } = options;
  const clients = new Map<string, IAMClient>();

  async function configure({ config }: Asked, peer: string): Promise<object> {
    const { region, assume_role: assumed } = (decode(config) ?? {}) as {
      region?: string;
      assume_role?: { role_arn: string; session_name: string | null }[];
    };
    const at = { endpoint, region: region ?? "us-east-1", maxAttempts: 1 };
    const [role] = assumed ?? [];
    if (role === undefined) {
      clients.set(peer, new IAMClient({ ...at, credentials }));
      return {};
    }
    const sts = new STSClient({ ...at, credentials });
    const name = { RoleArn: role.role_arn, RoleSessionName: role.session_name ?? "terraform" };
    const { Credentials } = await sts.send(new AssumeRoleCommand(name));
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    clients.set(peer, new IAMClient({ ...at, credentials: session }));
    return {};
  }

  function clientOf(peer: string): IAMClient {
    const client = clients.get(peer);
    if (client === undefined) throw new Error("the provider was not configured");
    return client;
  }

  function plan({ type_name: name = "", prior_state, proposed_new_state }: Asked): object {
    const proposed = decode(proposed_new_state);
    if (proposed === null) return { planned_state: encode(null) };
    const prior = decode(prior_state);
    const { computed, fixed } = typeOf(name);
    const replaced = fixed.filter((one) => prior !== null && prior[one] !== proposed[one]);
    const isNew = prior === null || replaced.length > 0;
    const planned = Object.fromEntries(
      Object.entries(proposed).map(([key, value]) => [
        key,
        isNew && computed.includes(key) ? unknown : value,
      ]),
    );
    return {
      planned_state: encode(planned),
      requires_replace: replaced.map((attribute_name) => ({ steps: [{ attribute_name }] })),
    };
  }

  async function apply(
    { type_name: name = "", prior_state, planned_state }: Asked,
    peer: string,
  ): Promise<object> {
    const type = typeOf(name);
    const iam = clientOf(peer);
    const prior = decode(prior_state) as Attributes | null;
    const planned = withoutUnknown(decode(planned_state));
    if (planned === null) {
      if (prior !== null) await type.remove(iam, prior);
      onChange(`remove ${name} ${nameOf(prior)}`);
      return { new_state: encode(null) };
    }
    const made = prior === null ? await type.create(iam, planned) : await type.update(iam, prior, planned);
    onChange(`${prior === null ? "create" : "update"} ${name} ${nameOf(made)}`);
    return { new_state: encode(made) };
  }

  const answers: Readonly<Record<string, Answer>> = {
    GetSchema: () => ({
      provider: providerSchema,
      resource_schemas: Object.fromEntries(
        Object.entries(resourceTypes).map(([name, type]) => [name, schemaOf(type)]),
      ),
      data_source_schemas: {},
      diagnostics: [],
    }),
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    ValidateResourceTypeConfig: () => ({}),
    UpgradeResourceState: ({ raw_state }) => ({ upgraded_state: encode(decode(raw_state)) }),
    Configure: configure,
    ReadResource: async ({ type_name: name = "", current_state }, peer) => {
      const state = decode(current_state) as Attributes | null;
      return { new_state: encode(state === null ? null : await typeOf(name).read(clientOf(peer), state)) };
    },
    PlanResourceChange: plan,
    ApplyResourceChange: apply,
    Stop: () => ({}),
  };

  const server = new Server();
  const definition = loadSync(fileURLToPath(new URL("tfplugin5.proto", import.meta.url)), { keepCase: true });
  const { tfplugin5 } = loadPackageDefinition(definition) as unknown as {
    tfplugin5: { Provider: ServiceClientConstructor };
  };
  server.addService(
    tfplugin5.Provider.service,
    Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, handler(answer)])),
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const reattach = {
    "registry.terraform.io/hashicorp/aws": {
      Protocol: "grpc",
      ProtocolVersion: 5,
      Pid: process.pid,
      // Terraform does not end it.
      Test: true,
      Addr: { Network: "tcp", String: `127.0.0.1:${port}` },
    },
  };
  return {
    reattach: JSON.stringify(reattach),
    stop: async () => {
      server.forceShutdown();
    },
  };
}

/** What a call throws becomes Terraform's diagnostic, as a provider's own error would. */
function handler(answer: Answer): handleUnaryCall<Asked, object> {
  return (call, done) => {
    Promise.resolve()
      .then(() => answer(call.request, call.getPeer()))
      .then(
        (response) => done(null, response),
        (error: Error) => {
          const diagnostic = { severity: "ERROR", summary: `${error.name}: ${error.message}`, detail: "" };
          const { prior_state } = call.request;
          done(null, { diagnostics: [diagnostic], ...(prior_state ? { new_state: prior_state } : {}) });
        },
      );
  };
}

function typeOf(name: string): ResourceType {
  const type = resourceTypes[name];
  if (type === undefined) throw new Error(`the stand-in has no ${name}`);
  return type;
}

function nameOf(state: Attributes | null): string {
  return String(state?.policy_arn ?? state?.name ?? "");
}

function withoutUnknown(state: State): Attributes | null {
  if (state === null) return null;
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => [key, isUnknown(value) ? null : value]),
  ) as Attributes;
}
