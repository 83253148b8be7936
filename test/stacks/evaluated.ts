/** One resource that the program registered, with the inputs that its provider would get. */
export interface Resource {
  /** Pulumi's type, such as "aws:sqs/queue:Queue". */
  readonly type: string;
  /** The logical name. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of the inputs that are encrypted in the deployment's state. */
  readonly secrets: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

/** What evaluating sst.config.ts came to. */
export interface Evaluated {
  readonly resources: readonly Resource[];
  readonly outputs: unknown;
}

/** The variables of a function's environment. */
export function variablesOf({ name, inputs }: Resource): Readonly<Record<string, string>> {
  const { variables } = (inputs.environment ?? {}) as { readonly variables?: Record<string, string> };
  if (variables === undefined) throw new Error(`${name} has no variables`);
  return variables;
}
