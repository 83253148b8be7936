import { isFault, messageOf } from "@plp/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encode, groupOf, parseMessage } from "./messages.ts";
import { publishMessage, trailMessage } from "./schemas.ts";

describe("a message", () => {
  it("comes back from its body as it was", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 200 }),
        fc.string({ minLength: 1, maxLength: 400 }),
        (project, folder) => {
          const message = { v: 1, type: "publish", project, folder } as const;
          expect(parseMessage(publishMessage, encode(message))).toEqual(message);
        },
      ),
    );
  });

  it("is refused with the names of the fields that do not fit, never with what they held", () => {
    const body = '{"v":1,"type":"trail","accountId":"my-secret-text","region":"eu-central-1"}';
    try {
      parseMessage(trailMessage, body);
      expect.unreachable();
    } catch (error) {
      expect(isFault(error, "message-unreadable")).toBe(true);
      expect(messageOf(error)).toContain("accountId (invalid_format), hour (invalid_type)");
      expect(messageOf(error)).not.toContain("my-secret-text");
    }
  });

  it("is refused whatever else the body is, and never otherwise than by that fault", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        try {
          parseMessage(trailMessage, body);
          expect.unreachable();
        } catch (error) {
          expect(isFault(error, "message-unreadable")).toBe(true);
        }
      }),
    );
  });
});

describe("a message group", () => {
  it("is one that SQS takes, for any lane and folder", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (folder, project) => {
        for (const group of [groupOf(folder), groupOf({ project, folder })])
          expect(group).toMatch(/^[\w.-]{1,64}$/);
      }),
    );
  });

  it("is readable for an account, and another for each application", () => {
    expect(groupOf("111122223333")).toBe("111122223333");
    expect(groupOf("x".repeat(65))).toMatch(/^[0-9a-f]{32}$/);
    expect(groupOf({ project: "a", folder: "b/c" })).not.toBe(groupOf({ project: "a/b", folder: "c" }));
  });
});
