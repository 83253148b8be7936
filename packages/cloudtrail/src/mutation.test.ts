import { fc, test } from "@fast-check/vitest";
import { findAction } from "@plp/iam-policy";
import { describe, expect } from "vitest";
import { createUsage } from "./counting/usage.ts";
import { explainRecord } from "./explain.ts";
import { readRecord } from "./mapping/evidence.ts";
import { parseRecord } from "./mapping/record.ts";
import { readLogFile } from "./reading/files.ts";
import { callBy } from "./testing.ts";

const denials = ["AccessDenied", "Client.UnauthorizedOperation", "AccessDeniedException"];

const odd = fc.oneof(
  fc.constantFrom(
    null,
    "",
    0,
    -1,
    1e21,
    true,
    [],
    {},
    "*",
    "${aws:username}",
    "arn:aws:s3:::*",
    "__proto__",
    "\u0000",
  ),
  fc.jsonValue(),
);

const names = fc.constantFrom(
  ["s3", "GetObject"],
  ["s3", "CopyObject"],
  ["s3", "DeleteObjects"],
  ["ec2", "RunInstances"],
  ["ec2", "CreateTags"],
  ["kms", "ReEncrypt"],
  ["dynamodb", "TransactWriteItems"],
  ["dynamodb", "BatchGetItem"],
  ["iam", "CreateRole"],
  ["iam", "AddRoleToInstanceProfile"],
  ["lambda", "CreateFunction20150331"],
  ["apigateway", "CreateStage"],
  ["sqs", "SendMessageBatch"],
  ["secretsmanager", "CreateSecret"],
  ["logs", "PutRetentionPolicy"],
  ["wafv2", "UpdateWebACL"],
  ["ssm", "AddTagsToResource"],
  ["bedrock", "InvokeModel"],
  ["nosuch", "Do"],
);

const keys = fc.constantFrom(
  "bucketName",
  "key",
  "x-amz-copy-source",
  "keyId",
  "sourceKeyId",
  "resourceId",
  "resourcesSet",
  "roleName",
  "role",
  "roleArn",
  "functionName",
  "queueUrl",
  "transactItems",
  "requestItems",
  "tagSpecificationSet",
  "tags",
  "restApiId",
  "secretId",
  "name",
  "scope",
  "modelId",
  "path",
  "logGroupName",
);

const record = fc
  .record({
    call: names,
    parameters: fc.oneof(odd, fc.dictionary(keys, odd, { maxKeys: 6 })),
    mutated: fc.dictionary(
      fc.constantFrom(...Object.keys(callBy()), "resources", "errorCode", "errorMessage"),
      odd,
      { maxKeys: 3 },
    ),
  })
  .map(({ call: [source, eventName], parameters, mutated }) =>
    callBy({ eventSource: `${source}.amazonaws.com`, eventName, requestParameters: parameters, ...mutated }),
  );

/** What a record says, as it is compared: RDS writes lower case, and who names a thing may use characters of patterns. */
const textOf = (raw: unknown) =>
  JSON.stringify(raw).toLowerCase().replaceAll("*", "?").replaceAll("${", "?{");

const parts = (arn: string) => arn.split(":").slice(5).join(":").toLowerCase().split(/[:/]/);

/** The names in a resource that somebody must have given: neither words of its format, nor what AWS makes. */
function namesOf(action: string, resource: string): readonly string[] {
  const types = findAction(action)?.resourceTypes ?? [];
  const words = new Set(types.flatMap(({ arnFormats }) => arnFormats.flatMap(parts)));
  return parts(resource)
    .map((part) => part.replace(/-\?{6}$/, ""))
    .filter((part) => part !== "" && part !== "*" && !words.has(part));
}

describe("hostile records", () => {
  test.prop([fc.array(fc.oneof(record, odd), { maxLength: 8 })], { numRuns: 400 })(
    "never throw, and name only actions of AWS's list and literal resources",
    (records) => {
      const usage = createUsage();
      usage.add(records);
      for (const { permissions } of usage.roles()) {
        for (const { action, resource, authorized, failed, denied, first, last } of permissions) {
          expect(findAction(action)?.action).toBe(action);
          expect(resource === null || resource === "*" || resource.startsWith("arn:")).toBe(true);
          if (resource === "*") {
            expect(findAction(action)?.resourceTypes).toEqual([]);
          }
          expect(failed).toBeLessThanOrEqual(authorized);
          expect(authorized + denied).toBeGreaterThan(0);
          expect(first <= last).toBe(true);
        }
      }
      for (const raw of records) {
        explainRecord(raw);
      }
    },
  );

  test.prop([record, fc.constantFrom(...denials)], { numRuns: 300 })(
    "a denied record grants nothing",
    (raw, errorCode) => {
      const usage = createUsage();
      usage.add([{ ...raw, errorCode, errorMessage: "no" }]);
      expect(
        usage.roles().flatMap(({ permissions }) => permissions.filter(({ authorized }) => authorized > 0)),
      ).toEqual([]);
    },
  );

  test.prop([fc.string({ minLength: 1 }), fc.string({ minLength: 1 })], { numRuns: 300 })(
    "a name of any kind grants no other object than one of its length",
    (bucketName, key) => {
      const usage = createUsage();
      usage.add([callBy({ eventName: "GetObject", requestParameters: { bucketName, key } })]);
      for (const { resource } of usage.roles().flatMap(({ permissions }) => permissions)) {
        expect(resource ?? "").not.toContain("*");
        expect(resource ?? "").not.toContain("${");
        if (resource !== null) {
          expect(resource.length).toBe(`arn:aws:s3:::${bucketName.trim()}/${key.trim()}`.length);
        }
      }
    },
  );

  test.prop([fc.array(record, { maxLength: 6 })], { numRuns: 400 })(
    "grant only what one of the records says that was allowed, on nothing that it does not name",
    (records) => {
      const usage = createUsage();
      usage.add(records);
      const readings = records.flatMap((raw) => {
        const parsed = parseRecord(raw);
        const reading = parsed === null ? null : readRecord(parsed);
        return reading?.kind === "call" ? [{ text: textOf(raw), evidence: reading.evidence }] : [];
      });
      for (const { action, resource, authorized } of usage
        .roles()
        .flatMap(({ permissions }) => permissions)) {
        const saying = readings.filter(({ evidence }) =>
          evidence.some(
            (one) => one.action === action && one.resource === resource && one.outcome !== "denied",
          ),
        );
        expect(authorized).toBeLessThanOrEqual(saying.length);
        if (authorized === 0 || resource === null) continue;
        expect(saying.length).toBeGreaterThan(0);
        expect(
          saying.some(({ text }) =>
            namesOf(action, resource).every((name) => text.includes(JSON.stringify(name).slice(1, -1))),
          ),
        ).toBe(true);
      }
    },
  );

  test.prop([fc.array(record, { maxLength: 6 }), fc.nat()], { numRuns: 100 })(
    "the order of records changes no number",
    (records, seed) => {
      const numbers = (list: readonly unknown[]) => {
        const usage = createUsage();
        usage.add(list);
        return usage.roles().map((role) => ({
          ...role,
          permissions: role.permissions.map(({ examples, ...rest }) => ({
            ...rest,
            examples: examples.length,
          })),
        }));
      };
      const turned = [
        ...records.slice(seed % (records.length + 1)),
        ...records.slice(0, seed % (records.length + 1)),
      ];
      expect(numbers(turned)).toEqual(numbers(records));
    },
  );

  test("nesting of any depth is survived", () => {
    let nested: unknown = "arn:aws:s3:::shop";
    for (let depth = 0; depth < 50_000; depth += 1) {
      nested = depth % 2 === 0 ? [nested] : { role: nested };
    }
    const usage = createUsage();
    usage.add([callBy({ requestParameters: { bucketName: "shop", nested }, responseElements: { nested } })]);
    expect(usage.roles()[0]?.permissions).toMatchObject([{ resource: "arn:aws:s3:::shop", authorized: 1 }]);
  });

  test.prop([fc.uint8Array({ maxLength: 200 })])("bytes of any kind are a file or a bad file", (content) => {
    const { records, bad } = readLogFile(content, "x");
    expect(Array.isArray(records)).toBe(true);
    expect(bad.every(({ path, reason }) => path === "x" && reason !== "")).toBe(true);
  });
});
