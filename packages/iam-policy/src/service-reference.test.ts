import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { distil, strongestLevel } from "../scripts/distil.ts";
import {
  actionsOf,
  findAction,
  serviceReferenceDate,
  serviceReferenceVersion,
  services,
} from "./service-reference.ts";

describe("the service reference", () => {
  test("holds exactly what the installed list holds, in the same spelling", async () => {
    const { table, version, date } = await distil();
    expect({ version, date }).toEqual({ version: serviceReferenceVersion, date: serviceReferenceDate });
    expect(services()).toEqual(Object.keys(table.services));
    let count = 0;
    for (const [service, { t, a }] of Object.entries(table.services)) {
      const expected = a.map(([name, level, ...types]) => ({
        action: `${service}:${name}`,
        accessLevel: table.levels[level],
        resourceTypes: types.map((code) => ({
          name: t[code < 0 ? -code - 1 : code]?.[0],
          arnFormats: t[code < 0 ? -code - 1 : code]?.slice(1),
          required: code >= 0,
        })),
      }));
      expect(actionsOf(service)).toEqual(expected);
      count += expected.length;
    }
    expect(count).toBeGreaterThan(20_000);
  });

  test("finds an action whatever the case of the question, and spells it as AWS does", () => {
    expect(findAction("S3:getobject")?.action).toBe("s3:GetObject");
    expect(findAction("s3:GetObject")?.resourceTypes).toContainEqual({
      name: "object",
      arnFormats: [`arn:\${Partition}:s3:::\${BucketName}/\${ObjectName}`],
      required: false,
    });
  });

  test("knows no action that AWS does not list", () => {
    for (const action of [
      "",
      "s3",
      "s3:",
      ":GetObject",
      "s3:ListObjectsV2",
      "s3:Get*",
      "nosuch:GetObject",
      "__proto__:toString",
      "constructor:name",
    ]) {
      expect(findAction(action)).toBeUndefined();
    }
    expect(actionsOf("__proto__")).toEqual([]);
  });

  test("an action with several access levels has the one that matters most", () => {
    expect(findAction("iam:PassRole")?.accessLevel).toBe("Write");
    expect(findAction("iam:AttachRolePolicy")?.accessLevel).toBe("Permissions management");
    expect(findAction("s3:ListAllMyBuckets")?.resourceTypes).toEqual([]);
    expect(strongestLevel("Tagging, Write")).toBe("Tagging");
    expect(() => strongestLevel("Dance")).toThrow('access level "Dance" is unknown');
  });

  test("a resource type can have several ARN formats", () => {
    const authorizer = findAction("apigateway:GET")?.resourceTypes.find(({ name }) => name === "Authorizer");
    expect(authorizer?.arnFormats.map((format) => format.slice(format.indexOf("::")))).toEqual([
      `::/apis/\${ApiId}/authorizers/\${AuthorizerId}`,
      `::/restapis/\${RestApiId}/authorizers/\${AuthorizerId}`,
    ]);
    for (const { resourceTypes } of services().flatMap(actionsOf)) {
      for (const format of resourceTypes.flatMap(({ arnFormats }) => arnFormats)) {
        expect(format).toMatch(/^arn:[^,\s]+$/);
      }
    }
  });

  test("survives bundling for Lambda", async () => {
    const bundled = await build({
      stdin: {
        contents:
          'import { findAction } from "./service-reference.ts"; export const found = findAction("s3:getobject").action;',
        resolveDir: import.meta.dirname,
        loader: "ts",
      },
      bundle: true,
      format: "esm",
      platform: "node",
      write: false,
    });
    const code = bundled.outputFiles[0]?.text ?? "";
    const module = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
    expect(module.found).toBe("s3:GetObject");
  });
});
