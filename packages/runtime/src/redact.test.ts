import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { transient } from "./errors.ts";
import { redact } from "./redact.ts";
import { isSecretKey, redactText } from "./redact-text.ts";

const gitlab = `glpat-${"x1Y2z3A4b5C6d7E8f9G0"}`;
const deploy = `gldt-${"aBcDeFgHiJkLmNoPqRsT"}`;
const keyId = `AKIA${"IOSFODNN7EXAMPLE"}`;
const temporary = `ASIA${"IOSFODNN7EXAMPLE"}`;
const jwt = `${"eyJhbGciOiJIUzI1NiJ9"}.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLWl0`;
const shaped = [gitlab, deploy, keyId, temporary, jwt];

describe("redaction", () => {
  it.each(shaped)("hides %s wherever it stands in a text", (secret) => {
    expect(redactText(`before ${secret} after`)).toBe("before [redacted] after");
    expect(JSON.stringify(redact({ [secret]: [{ note: `a=${secret}` }] }))).not.toContain(secret);
  });

  it.each([
    "Authorization: Bearer abc.def.ghi-jkl",
    "authorization=AWS4-HMAC-SHA256 Credential=abc/2026/x, SignedHeaders=host, Signature=abc.def.ghi-jkl",
    "AWS4-HMAC-SHA256 Credential=abc/2026/x, Signature=abc.def.ghi-jkl",
    "https://bucket.example/key?X-Amz-Signature=abc.def.ghi-jkl&x=1",
    "https://bucket.example/key?x=1&X-Amz-Security-Token=abc.def.ghi-jkl",
    "https://gitlab.example/api?private_token=abc.def.ghi-jkl",
    "https://user:abc.def.ghi-jkl@gitlab.example/x.git",
    "PRIVATE-TOKEN: abc.def.ghi-jkl",
    "JOB-TOKEN=abc.def.ghi-jkl",
    '{"SecretAccessKey":"abc.def.ghi-jkl"}',
    '{\\"sessionToken\\":\\"abc.def.ghi-jkl\\"}',
    "Cookie: abc.def.ghi-jkl",
  ])("hides the credential in: %s", (text) => {
    expect(redactText(text)).not.toContain("ghi-jkl");
    expect(redactText(text)).toContain("[redacted]");
  });

  it.each([
    "token",
    "PRIVATE-TOKEN",
    "private_token",
    "job-token",
    "x-amz-security-token",
    "secretAccessKey",
    "accessKeyId",
    "AWS_SESSION_TOKEN",
    "hookSecret",
    "password",
    "Set-Cookie",
    "cookies",
    "authorization",
    "PLP_GITLAB_TOKEN",
  ])("hides whatever stands under %s", (key) => {
    expect(redact({ [key]: "plain" })).toEqual({ [key]: "[redacted]" });
    expect(redact({ [key]: { deep: 1 } })).toEqual({ [key]: "[redacted]" });
    expect(redact(new Map([[key, "plain"]]))).toEqual({ [key]: "[redacted]" });
  });

  it("leaves alone what only sounds like a secret", () => {
    const harmless = {
      clientToken: "0f1e",
      nextToken: "p2",
      secretsmanager: 3,
      token: null,
      password: false,
    };
    expect(redact(harmless)).toEqual(harmless);
    const counts = { "secretsmanager:GetSecretValue": 3, "sts:GetSessionToken": 1 };
    expect(redact(counts)).toEqual(counts);
    const secretArn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/database-AbCdEf";
    expect(redactText(secretArn)).toBe(secretArn);
    expect(redactText("secretsmanager:GetSecretValue on arn:aws:iam::111122223333:role/ci/shop-prod")).toBe(
      "secretsmanager:GetSecretValue on arn:aws:iam::111122223333:role/ci/shop-prod",
    );
  });

  it("reduces an SDK error to name, code, message and cause", () => {
    const cause = Object.assign(new Error(`connect with ${gitlab}`), { code: "ECONNREFUSED" });
    const error = Object.assign(new Error("denied", { cause }), {
      name: "AccessDeniedException",
      $response: { headers: { authorization: "abc" } },
      request: { headers: { "x-amz-security-token": "abc" } },
    });
    const result = redact({ error });
    expect(result).toMatchObject({
      error: {
        name: "AccessDeniedException",
        message: "denied",
        cause: { name: "Error", code: "ECONNREFUSED", message: "connect with [redacted]" },
      },
    });
    expect(Object.keys(Object(Reflect.get(Object(result), "error")))).toEqual([
      "name",
      "message",
      "cause",
      "at",
    ]);
  });

  it("tells a fault without its stack, because its text already says where", () => {
    expect(redact(transient("x-busy", "busy"))).toEqual({ name: "Fault", code: "x-busy", message: "busy" });
  });

  it("names cycles, bytes, throwing getters and endless depth instead of following them", () => {
    const circle: Record<string, unknown> = { n: 1n, bytes: new Uint8Array(3), at: new Date(0), f: () => 1 };
    circle.self = circle;
    Object.defineProperty(circle, "bad", {
      enumerable: true,
      get: () => {
        throw null;
      },
    });
    expect(redact(circle)).toEqual({
      n: "1",
      bytes: "[3 bytes]",
      at: "1970-01-01T00:00:00.000Z",
      f: "[function]",
      self: "[circular]",
      bad: "[unreadable]",
    });
    let deep: unknown = gitlab;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(JSON.stringify(redact(deep))).toContain("too deep");
    const gone = Proxy.revocable({}, {});
    gone.revoke();
    expect(redact(gone.proxy)).toBe("[unreadable]");
  });

  it("shows an object twice when it stands at two places without a circle", () => {
    const shared = { a: 1 };
    expect(redact([shared, shared])).toEqual([shared, shared]);
  });

  it("cuts endless texts without letting half a credential through", () => {
    const text = redactText(`${"x".repeat(32_760)} ${gitlab}${"y".repeat(100_000)}`);
    expect(text.length).toBeLessThan(33_000);
    expect(text).not.toContain("glpat-x1");
  });

  it("never throws, gives plain JSON, and lets no secret through, whatever surrounds it", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        fc.constantFrom(...shaped),
        fc.constantFrom("secret", "note", "Private-Token"),
        fc.string(),
        (anything, secret, key, around) => {
          const value = {
            anything,
            [key]: [`${around} ${secret}`],
            error: new Error(secret, { cause: anything }),
          };
          expect(JSON.stringify(redact(value))).not.toContain(secret);
        },
      ),
    );
  });

  it("changes nothing when applied twice", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...shaped), (value, secret) => {
        const once = redact([value, `see ${secret}`]);
        expect(redact(once)).toEqual(once);
      }),
    );
  });

  it("knows a secret's name in any spelling", () => {
    fc.assert(
      fc.property(fc.constantFrom("-", "_", "", " "), fc.boolean(), (between, upper) => {
        const name = ["secret", "access", "key"].join(between);
        expect(isSecretKey(upper ? name.toUpperCase() : name)).toBe(true);
      }),
    );
  });
});
