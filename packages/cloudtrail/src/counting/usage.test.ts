import { describe, expect, test } from "vitest";
import { callBy } from "../testing.ts";
import { createUsage } from "./usage.ts";

const shop = "arn:aws:iam::111122223333:role/ci/shop-prod";
let ids = 0;
const call = (fields: Readonly<Record<string, unknown>> = {}, role?: string) => {
  ids += 1;
  return callBy({ eventID: `id-${ids}`, ...fields }, role);
};

describe("usage", () => {
  test("counts authorized, failed and denied calls of one permission, with first, last and examples", () => {
    const usage = createUsage();
    const denied = {
      errorCode: "AccessDenied",
      errorMessage: "x because no identity-based policy allows it",
    };
    usage.add([
      call({ eventTime: "2026-03-02T11:00:00Z" }),
      call({ eventTime: "2026-03-02T09:00:00Z", errorCode: "NoSuchTagSet" }),
      call({ eventTime: "2026-03-02T12:00:00Z", ...denied }),
      call({ eventTime: "2026-03-02T10:00:00Z" }),
    ]);
    const [role] = usage.roles();
    expect(role).toMatchObject({ roleArn: shop, accountId: "111122223333", events: 4, unmapped: [] });
    expect(role?.permissions).toHaveLength(1);
    expect(role?.permissions[0]).toMatchObject({
      action: "s3:GetBucketTagging",
      resource: "arn:aws:s3:::shop",
      condition: null,
      inferred: false,
      authorized: 3,
      failed: 1,
      denied: 1,
      deniedBy: "identity",
      first: "2026-03-02T09:00:00Z",
      last: "2026-03-02T12:00:00Z",
    });
    // The earliest three, oldest first.
    expect(role?.permissions[0]?.examples.map(({ eventID }) => eventID)).toEqual(["id-2", "id-4", "id-1"]);
    expect(role?.permissions[0]?.examples[2]).toEqual({
      eventID: "id-1",
      eventTime: "2026-03-02T11:00:00Z",
      sessionName: "pipeline-7",
      userAgent: "APN/1.0 HashiCorp/1.0 Terraform/1.9.0",
      sourceIPAddress: "192.0.2.1",
    });
  });

  test("a duplicate is the same eventID and the same content", () => {
    const usage = createUsage();
    const first = callBy();
    const reordered = Object.fromEntries(Object.entries(first).reverse());
    usage.add([first, first, reordered, { ...first, eventName: "GetBucketAcl" }]);
    usage.add([callBy({ eventID: null }), callBy({ eventID: null })]);
    expect(usage.counts()).toMatchObject({ records: 6, duplicates: 2, matched: 4 });
  });

  test("the same act recorded in two accounts is counted once", () => {
    const usage = createUsage();
    const sharedEventID = "shared-1";
    usage.add([call({ sharedEventID }), call({ sharedEventID, recipientAccountId: "444455556666" })]);
    expect(usage.counts()).toMatchObject({ matched: 1, shared: 1, duplicates: 0 });
    expect(usage.roles()[0]?.permissions[0]?.authorized).toBe(1);
  });

  test("only the roles that were asked for", () => {
    const usage = createUsage({ roles: [shop] });
    usage.add([call(), call({}, "ci/other"), call({ userIdentity: { type: "IAMUser" } })]);
    expect(usage.roles().map(({ roleArn }) => roleArn)).toEqual([shop]);
    expect(usage.counts()).toMatchObject({ records: 3, matched: 1 });
  });

  test("the window includes both ends, and what has no time is outside of it", () => {
    const usage = createUsage({
      since: Date.parse("2026-03-02T10:00:00Z"),
      until: Date.parse("2026-03-02T11:00:00Z"),
    });
    for (const eventTime of [
      "2026-03-02T10:00:00Z",
      "2026-03-02T11:00:00Z",
      "2026-03-02T11:00:01Z",
      "2099-01-01T00:00:00Z",
      "soon",
      null,
    ]) {
      usage.add([call({ eventTime })]);
    }
    expect(usage.counts()).toMatchObject({ matched: 2, outsideWindow: 4 });
  });

  test("without a window a record without a time has the time of its file", () => {
    const usage = createUsage();
    usage.add([call({ eventTime: null })], { deliveredAt: Date.parse("2026-03-02T10:05:00Z") });
    expect(usage.roles()[0]).toMatchObject({ first: "2026-03-02T10:05:00Z", last: "2026-03-02T10:05:00Z" });
  });

  test("the newest event is one that its file can hold", () => {
    const usage = createUsage();
    expect(usage.newest()).toBeNull();
    const deliveredAt = Date.parse("2026-03-02T10:05:00Z");
    usage.add([call(), call({ eventTime: "2099-01-01T00:00:00Z" })], { deliveredAt });
    expect(usage.newest()).toBe("2026-03-02T10:00:00Z");
  });

  test("a record of the future counts as of the delivery of its file", () => {
    const usage = createUsage();
    const deliveredAt = Date.parse("2026-03-02T10:05:00Z");
    usage.add([call(), call({ eventTime: "2099-01-01T00:00:00Z" })], { deliveredAt });
    const [role] = usage.roles();
    expect(role).toMatchObject({ events: 2, last: "2026-03-02T10:05:00Z" });
    expect(role?.permissions[0]).toMatchObject({ authorized: 2, last: "2026-03-02T10:05:00Z" });
  });

  test("an example of a call that was allowed outweighs an earlier one of a refusal", () => {
    const usage = createUsage();
    const at = (minute: number) => `2026-03-02T10:0${minute}:00Z`;
    const refused = [0, 1, 2, 3].map((n) =>
      call({ eventID: `r${n}`, eventTime: at(n), errorCode: "AccessDenied" }),
    );
    usage.add(refused);
    const examples = () =>
      usage.roles()[0]?.permissions[0]?.examples.map(({ eventID, denied }) => `${eventID} ${denied ?? "-"}`);
    expect(examples()).toEqual(["r0 true", "r1 true", "r2 true"]);
    usage.add([call({ eventID: "a9", eventTime: at(9) }), call({ eventID: "a8", eventTime: at(8) })]);
    expect(examples()).toEqual(["a8 -", "a9 -", "r0 true"]);
  });

  test("a role made again under its name keeps both unique ids", () => {
    const again = call();
    again.userIdentity.sessionContext.sessionIssuer.principalId = "AROAEXAMPLEEXAMPLE001";
    const usage = createUsage();
    usage.add([call(), again]);
    expect(usage.roles()[0]?.roleIds).toEqual(["AROAEXAMPLEEXAMPLE000", "AROAEXAMPLEEXAMPLE001"]);
  });

  test("what is unmapped is reported, and what needs nothing is not", () => {
    const usage = createUsage();
    usage.add([
      call({ eventSource: "nosuch.amazonaws.com", eventName: "Do" }),
      call({ eventSource: "nosuch.amazonaws.com", eventName: "Do" }),
      call({ eventSource: "sts.amazonaws.com", eventName: "GetCallerIdentity" }),
    ]);
    expect(usage.hourUsage()).toEqual([
      {
        roleArn: shop,
        permissions: [],
        unmapped: [{ eventSource: "nosuch.amazonaws.com", eventName: "Do", count: 2 }],
      },
    ]);
  });

  test("what is no record is counted and passed over", () => {
    const usage = createUsage();
    usage.add([null, 7, "x", [], {}]);
    expect(usage.counts()).toMatchObject({ records: 1, unreadable: 4, matched: 0 });
  });

  describe("of what IAM names without its path", () => {
    const iam = (eventName: string, requestParameters: object, more: object = {}) =>
      call({ eventSource: "iam.amazonaws.com", eventName, requestParameters, ...more });
    const worker = { roleName: "worker" };
    const read = () => iam("GetRole", worker);
    const made = () => iam("CreateRole", { ...worker, path: "/app/" });
    const told = (...records: readonly unknown[]) => {
      const usage = createUsage();
      usage.add(records);
      const of = usage.roles().flatMap(({ permissions }) => permissions);
      return of
        .filter(({ action }) => action === "iam:GetRole")
        .map(({ resource, authorized, patterns }) => [resource, authorized, patterns?.length]);
    };
    const found = "arn:aws:iam::111122223333:role/app/worker";

    test("another record tells where it lies, whichever comes first", () => {
      expect(told(read())).toEqual([[null, 1, 2]]);
      expect(told(read(), made())).toEqual([[found, 1, undefined]]);
      expect(told(made(), read())).toEqual([[found, 1, undefined]]);
      expect(told(iam("GetRole", { roleName: "shop-prod" }))).toEqual([[shop, 1, undefined]]);
    });

    test("what was told in one call and named in another is one permission", () => {
      const whole = iam("GetRole", { roleArn: found });
      expect(told(iam("GetRole", worker), whole)).toEqual([[found, 2, undefined]]);
    });

    test("a call that failed or was refused tells nothing, and neither do two that disagree", () => {
      const refused = { errorCode: "AccessDenied" };
      const failed = { errorCode: "EntityAlreadyExistsException" };
      for (const more of [refused, failed]) {
        expect(told(read(), iam("CreateRole", { ...worker, path: "/app/" }, more))).toEqual([[null, 1, 2]]);
      }
      expect(told(read(), made(), iam("CreateRole", { ...worker, path: "/old/" }))).toEqual([[null, 1, 2]]);
    });
  });

  test("of many things that are not told whole, what is told of each is kept for itself", () => {
    const usage = createUsage();
    const names = Array.from({ length: 40 }, (_, index) => `worker-${index}`);
    const reads = [...names, ...names].map((roleName) =>
      call({ eventSource: "iam.amazonaws.com", eventName: "GetRole", requestParameters: { roleName } }),
    );
    usage.add(reads);
    const permissions = usage.roles()[0]?.permissions ?? [];
    expect(permissions.every(({ resource, authorized }) => resource === null && authorized === 2)).toBe(true);
    expect(permissions.flatMap(({ patterns = [] }) => patterns).sort()).toEqual(
      names
        .flatMap((name) => [`*/${name}`, name].map((path) => `arn:aws:iam::111122223333:role/${path}`))
        .sort(),
    );
  });
});
