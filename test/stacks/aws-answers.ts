type Fields = Record<string, unknown>;

/** Where the mocked deployment takes place. */
export const place = { partition: "aws", region: "eu-central-1", accountId: "999988887777" } as const;

/** What the AWS provider answers when the program asks it for data. An unknown question is an error, not a guess. */
export function answerCall(token: string, inputs: Fields): Fields {
  switch (token) {
    case "aws:index/getPartition:getPartition":
      return { partition: place.partition, dnsSuffix: "amazonaws.com" };
    case "aws:index/getRegion:getRegion":
      return { region: place.region, name: place.region };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: place.accountId };
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return { ...inputs, json: JSON.stringify(policyDocument(inputs)) };
    default:
      throw new Error(`The mocks do not know what ${token} answers`);
  }
}

/** The document that the data source aws_iam_policy_document writes: single values as texts, `Allow` by default. */
function policyDocument({ statements = [] }: Fields) {
  return { Version: "2012-10-17", Statement: (statements as Fields[]).map(statementOf) };
}

function statementOf({ sid, effect, actions, resources, principals, conditions, ...rest }: Fields): Fields {
  const unknown = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null);
  if (unknown.length > 0) throw new Error(`The mocks do not know ${unknown[0]?.[0]} of a policy statement`);
  return {
    ...(sid === undefined ? {} : { Sid: sid }),
    Effect: effect ?? "Allow",
    ...(principals === undefined ? {} : { Principal: principalsOf(principals as Fields[]) }),
    Action: oneOrMany(actions),
    Resource: oneOrMany(resources),
    ...(conditions === undefined ? {} : { Condition: conditionsOf(conditions as Fields[]) }),
  };
}

function principalsOf(principals: readonly Fields[]): unknown {
  if (principals.some(({ type }) => type === "*")) return "*";
  return Object.fromEntries(
    principals.map(({ type, identifiers }) => [type as string, oneOrMany(identifiers)]),
  );
}

function conditionsOf(conditions: readonly Fields[]): unknown {
  const written: Record<string, Fields> = {};
  for (const { test, variable, values } of conditions)
    written[test as string] = { ...written[test as string], [variable as string]: oneOrMany(values) };
  return written;
}

function oneOrMany(values: unknown): unknown {
  return Array.isArray(values) && values.length === 1 ? values[0] : values;
}
