import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { HourMark, HourUsage, UsagePermission, UsageStore } from "./types.ts";

const ROLE = "arn:aws:iam::111122223333:role/ci/shop-prod";
const OTHER = "arn:aws:iam::111122223333:role/ci/zoë-dev";
const ACCOUNT = "111122223333";
const REGION = "eu-central-1";

export function permission(action: string, more: Partial<UsagePermission> = {}): UsagePermission {
  return {
    action,
    resource: "*",
    condition: null,
    inferred: false,
    authorized: 1,
    failed: 0,
    denied: 0,
    deniedBy: null,
    first: "2026-03-01T10:00:00Z",
    last: "2026-03-01T10:30:00Z",
    examples: [],
    ...more,
  };
}

export function mark(hour: string, more: Partial<HourMark> = {}): HourMark {
  return {
    accountId: ACCOUNT,
    region: REGION,
    hour,
    readAt: "2026-03-01T12:00:00.000Z",
    files: [{ key: `AWSLogs/${hour}.json.gz`, etag: "a1" }],
    bad: [],
    ...more,
  };
}

export function did(roleArn: string, ...permissions: UsagePermission[]): HourUsage {
  return { roleArn, permissions, unmapped: [] };
}

function digests(count: number): string[] {
  return Array.from({ length: count }, (_, i) => createHash("sha256").update(String(i)).digest("hex"));
}

/** What every usage store must do. `make` gives an empty one. */
export function usageStoreContract(name: string, make: () => Promise<UsageStore>): void {
  describe(`usage store: ${name}`, () => {
    let store: UsageStore;
    beforeEach(async () => {
      store = await make();
    });
    const usage = (from = "2026-03-01T00", to = "2026-03-02T00") => store.usageOf(ROLE, from, to);
    const marks = (from = "2026-03-01T00", to = "2026-03-02T00") => store.marks(ACCOUNT, REGION, from, to);

    it("knows nothing of an hour that nobody read", async () => {
      expect(await usage()).toEqual([]);
      expect(await marks()).toEqual([]);
    });

    it("gives back what was put, with all that distinguishes one permission from another", async () => {
      const unmapped = [{ eventSource: "x.amazonaws.com", eventName: "Ünknown", count: 2 }];
      const permissions = [
        permission("s3:GetObject", { resource: null, denied: 3, deniedBy: "scp" }),
        permission("s3:GetObject", { resource: "*", inferred: true }),
        permission("iam:PassRole", {
          resource: "arn:aws:iam::111122223333:role/naïve",
          condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
          examples: [
            { eventID: "e", eventTime: "t", sessionName: null, userAgent: "", sourceIPAddress: "1.2.3.4" },
          ],
        }),
      ];
      await store.putHour(mark("2026-03-01T10"), [{ roleArn: ROLE, permissions, unmapped }]);
      const { accountId, region, hour } = mark("2026-03-01T10");
      expect(await usage()).toEqual([{ accountId, region, hour, roleArn: ROLE, permissions, unmapped }]);
    });

    it("marks an hour without any usage as read", async () => {
      const bad = [{ key: "AWSLogs/x.json.gz", reason: "not gzip" }];
      await store.putHour(mark("2026-03-01T10", { bad }), []);
      expect(await marks()).toEqual([mark("2026-03-01T10", { bad })]);
      expect(await usage()).toEqual([]);
    });

    it("answers for the hours from..to, both included, in their order", async () => {
      for (const hour of ["2026-03-01T12", "2026-03-01T10", "2026-03-01T11", "2026-03-01T13"])
        await store.putHour(mark(hour), [did(ROLE, permission("s3:ListBucket"))]);
      const hours = ["2026-03-01T11", "2026-03-01T12"];
      expect((await usage("2026-03-01T11", "2026-03-01T12")).map(({ hour }) => hour)).toEqual(hours);
      expect((await marks("2026-03-01T11", "2026-03-01T12")).map(({ hour }) => hour)).toEqual(hours);
      expect(await usage("2026-03-01T12", "2026-03-01T11")).toEqual([]);
    });

    it("keeps apart what several Regions and the trails of several accounts say of one role in one hour", async () => {
      const hour = "2026-03-01T10";
      await store.putHour(mark(hour), [did(ROLE, permission("s3:A"))]);
      await store.putHour(mark(hour, { region: "us-east-1" }), [did(ROLE, permission("s3:B"))]);
      await store.putHour(mark(hour, { accountId: "444455556666" }), [did(ROLE, permission("s3:C"))]);
      const found = (await usage()).map((one) => [one.accountId, one.region, one.permissions[0]?.action]);
      expect(found).toEqual([
        ["111122223333", "eu-central-1", "s3:A"],
        ["444455556666", "eu-central-1", "s3:C"],
        ["111122223333", "us-east-1", "s3:B"],
      ]);
      expect(await marks()).toHaveLength(1);
    });

    it("keeps the usage of roles apart", async () => {
      await store.putHour(mark("2026-03-01T10"), [
        did(ROLE, permission("s3:A")),
        did(OTHER, permission("s3:B")),
      ]);
      expect((await usage()).flatMap(({ permissions }) => permissions.map(({ action }) => action))).toEqual([
        "s3:A",
      ]);
    });

    it("replaces an hour as a whole when it is read again: permissions, roles and mark", async () => {
      const hour = "2026-03-01T10";
      await store.putHour(mark(hour), [did(ROLE, permission("s3:A"), permission("s3:B")), did(OTHER)]);
      const files = [{ key: "late", etag: "b2" }];
      await store.putHour(mark(hour, { files }), [did(OTHER, permission("s3:C"))]);
      expect(await usage()).toEqual([]);
      expect(await store.usageOf(OTHER, hour, hour)).toMatchObject([{ permissions: [{ action: "s3:C" }] }]);
      expect(await marks()).toEqual([mark(hour, { files })]);
      await store.putHour(mark(hour), []);
      expect(await store.usageOf(OTHER, hour, hour)).toEqual([]);
      expect(await marks()).toEqual([mark(hour)]);
    });

    it("gives the same after the same hour was put twice", async () => {
      const put = () => store.putHour(mark("2026-03-01T10"), [did(ROLE, permission("s3:A"))]);
      await put();
      const once = await usage();
      await put();
      expect(await usage()).toEqual(once);
    });

    it("holds an hour of one role that is larger than any item, and replaces it by a small one", async () => {
      const large = Array.from({ length: 3000 }, (_, i) => {
        const resource = `arn:aws:s3:::bucket/${i}/${"key/".repeat(100)}`;
        return permission(`s3:Action${i}`, { resource });
      });
      const hour = "2026-03-01T10";
      await store.putHour(mark(hour), [did(ROLE, ...large)]);
      expect((await usage())[0]?.permissions).toEqual(large);
      await store.putHour(mark(hour), [did(ROLE, ...large.slice(500))]);
      expect((await usage())[0]?.permissions).toEqual(large.slice(500));
      await store.putHour(mark(hour), [did(ROLE, permission("s3:A"))]);
      expect((await usage()).map(({ permissions }) => permissions.length)).toEqual([1]);
    });

    it("holds more hours and more roles than one page or one batch", async () => {
      const roles = Array.from({ length: 60 }, (_, i) => did(`${ROLE}-${i}`, permission("s3:A")));
      await store.putHour(mark("2026-03-01T10"), roles);
      // Digests, because what compresses well fits into one page after all.
      const fat = permission("s3:Fat", { resource: digests(4000).join("") });
      const keys = digests(3000).map((etag, i) => ({ key: `k${i}`, etag }));
      for (let h = 0; h < 24; h += 1) {
        const hour = `2026-03-01T${String(h).padStart(2, "0")}`;
        await store.putHour(mark(hour, { files: keys }), [did(ROLE, fat), ...roles.slice(0, 2)]);
      }
      expect(await usage()).toHaveLength(24);
      expect((await marks()).map(({ files }) => files.length)).toEqual(new Array(24).fill(3000));
      expect(await store.usageOf(`${ROLE}-59`, "2026-03-01T00", "2026-03-01T23")).toEqual([]);
    });

    it("refuses what would end up under another key", async () => {
      const bad = { code: "bad-usage" };
      const put = (more: Partial<HourMark>, roles = [did(ROLE)]) =>
        store.putHour(mark("2026-03-01T10", more), roles);
      await expect(put({ hour: "2026-03-01" })).rejects.toMatchObject(bad);
      await expect(put({ hour: "2026-13-01T10" })).rejects.toMatchObject(bad);
      await expect(put({ accountId: "1#2" })).rejects.toMatchObject(bad);
      await expect(put({ region: "eu#central" })).rejects.toMatchObject(bad);
      await expect(put({ readAt: "yesterday" })).rejects.toMatchObject(bad);
      await expect(put({}, [did("shop")])).rejects.toMatchObject(bad);
      await expect(put({}, [did(ROLE), did(ROLE)])).rejects.toMatchObject(bad);
      await expect(store.usageOf("x", "2026-03-01T10", "2026-03-01T10")).rejects.toMatchObject(bad);
      await expect(store.usageOf(ROLE, "2026-03-01", "2026-03-01T10")).rejects.toMatchObject(bad);
      await expect(store.marks(ACCOUNT, REGION, "2026-03-01T10", "")).rejects.toMatchObject(bad);
      expect(await marks()).toEqual([]);
    });
  });
}
