import type { Template } from "../../stacks/accounts/template.ts";

type Node = unknown;
type Fields = Readonly<Record<string, Node>>;

export interface ResolvedResource {
  readonly type: string;
  readonly properties: Fields;
}

/** Marks what CloudFormation leaves out: a property or an entry of a list. */
const nothing = Symbol("AWS::NoValue");

/**
 * What CloudFormation makes of a template in one account with these parameters: the resources whose conditions hold, every
 * function replaced. An unknown function, parameter or condition is an error.
 */
export function resolveTemplate(
  template: Template,
  given: Readonly<Record<string, string>>,
  accountId: string,
): ReadonlyMap<string, ResolvedResource> {
  for (const name of Object.keys(given))
    if (template.Parameters[name] === undefined) throw new Error(`the template has no parameter ${name}`);
  const values = new Map<string, Node>([
    ["AWS::AccountId", accountId],
    ["AWS::Partition", "aws"],
    ["AWS::Region", "eu-central-1"],
    ["AWS::NoValue", nothing],
  ]);
  for (const [name, { Type, Default, AllowedPattern, AllowedValues }] of Object.entries(
    template.Parameters,
  )) {
    const value = given[name] ?? Default;
    if (value === undefined) throw new Error(`parameter ${name} is missing`);
    if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value))
      throw new Error(`parameter ${name} does not match: ${value}`);
    if (AllowedValues !== undefined && !AllowedValues.includes(value))
      throw new Error(`parameter ${name} may not be ${value}`);
    values.set(name, Type === "CommaDelimitedList" ? value.split(",") : value);
  }

  const lookUp = (name: string): Node => {
    if (!values.has(name) && template.Resources[name] === undefined)
      throw new Error(`no ${name} to refer to`);
    return values.get(name) ?? name;
  };
  const holds = (name: string): boolean => {
    const condition = template.Conditions?.[name];
    if (condition === undefined) throw new Error(`no condition ${name}`);
    return resolve(condition) === true;
  };

  function resolve(node: Node): Node {
    if (Array.isArray(node)) return node.map(resolve).filter((entry) => entry !== nothing);
    if (typeof node !== "object" || node === null) return node;
    const entries = Object.entries(node);
    const [[key, value] = ["", null]] = entries;
    if (entries.length === 1 && (key === "Ref" || key === "Condition" || key.startsWith("Fn::"))) {
      const call = functions[key];
      if (call !== undefined) return call(value as never);
      if (key.startsWith("Fn::")) throw new Error(`the resolver does not know ${key}`);
    }
    return Object.fromEntries(
      entries.map(([name, inner]) => [name, resolve(inner)]).filter(([, inner]) => inner !== nothing),
    );
  }

  const functions: Readonly<Record<string, (value: never) => Node>> = {
    Ref: (name: string) => lookUp(name),
    "Fn::Sub": (text: string) =>
      text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) =>
        literal === "!" ? `\${${name}}` : String(lookUp(name)),
      ),
    "Fn::GetAtt": ([resource, attribute]: readonly [string, string]) => `${resource}.${attribute}`,
    "Fn::Select": ([index, list]: readonly [number, Node]) => (resolve(list) as Node[])[index],
    "Fn::Split": ([by, text]: readonly [string, Node]) => String(resolve(text)).split(by),
    "Fn::Join": ([by, list]: readonly [string, Node]) => (resolve(list) as Node[]).join(by),
    "Fn::If": ([name, then, otherwise]: readonly [string, Node, Node]) =>
      resolve(holds(name) ? then : otherwise),
    "Fn::Equals": ([a, b]: readonly [Node, Node]) => resolve(a) === resolve(b),
    "Fn::Not": ([a]: readonly [Node]) => resolve(a) !== true,
    "Fn::And": (all: readonly Node[]) => all.every((one) => resolve(one) === true),
  };

  return new Map(
    Object.entries(template.Resources)
      .filter(([, { Condition }]) => Condition === undefined || holds(Condition))
      .map(([name, { Type, Properties }]) => [
        name,
        { type: Type, properties: resolve(Properties) as Fields },
      ]),
  );
}
