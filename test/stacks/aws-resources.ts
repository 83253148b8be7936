import { place } from "./aws-answers.ts";

type Fields = Record<string, unknown>;

const { partition, region, accountId } = place;

/** What the provider adds to a resource that it made: id, ARN, URL, in the form that AWS gives them. */
export function madeOf(type: string, name: string, inputs: Fields): { id: string; state: Fields } {
  const named = text(inputs.name) ?? text(inputs.bucket) ?? name;
  const state: Fields = { ...inputs, name: named, ...computedOf(type, named, inputs) };
  return { id: `${named}-id`, state };
}

function computedOf(type: string, name: string, inputs: Fields): Fields {
  switch (type) {
    case "aws:sqs/queue:Queue":
      return { arn: arn("sqs", name), url: `https://sqs.${region}.amazonaws.com/${accountId}/${name}` };
    case "aws:s3/bucket:Bucket":
      return { bucket: name.toLowerCase(), arn: `arn:${partition}:s3:::${name.toLowerCase()}` };
    case "aws:iam/role:Role":
      return { arn: `arn:${partition}:iam::${accountId}:role/${name}` };
    case "aws:lambda/function:Function":
      return { arn: arn("lambda", `function:${name}`), invokeArn: arn("apigateway", `lambda:${name}`) };
    case "aws:dynamodb/table:Table":
      return { arn: arn("dynamodb", `table/${name}`) };
    case "aws:cloudwatch/logGroup:LogGroup":
      return { arn: arn("logs", `log-group:${name}`) };
    case "aws:apigatewayv2/api:Api":
      return {
        arn: arn("apigateway", `/apis/${name}`),
        apiEndpoint: `https://${name.toLowerCase()}.execute-api.${region}.amazonaws.com`,
        executionArn: arn("execute-api", name),
      };
    case "random:index/randomBytes:RandomBytes":
      return { base64: Buffer.alloc(Number(inputs.length)).toString("base64") };
    default:
      return { arn: arn(type.split(":")[1]?.split("/")[0] ?? "unknown", name) };
  }
}

function arn(service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
