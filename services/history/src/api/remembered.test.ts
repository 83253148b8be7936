import { day, roleOf, written } from "@plp/audit/testing";
import { roleStream } from "@plp/domain";
import type { ReadOptions } from "@plp/event-store";
import { beforeEach, describe, expect, it } from "vitest";
import { remembered } from "./remembered.ts";

const [shop, crm] = [roleOf("shop"), roleOf("crm")];

describe("histories that were loaded before", () => {
  let history: ReturnType<typeof written>;
  let asked: string[];
  beforeEach(async () => {
    history = written();
    await history.discover(shop, day(1));
    await history.discover(crm, day(1), "crm");
    await history.edit(shop, day(2), [{ Effect: "Allow", Action: ["s3:Get*"], Resource: "*" }]);
    asked = [];
  });
  const noting = () => ({
    load: (stream: string) => {
      asked.push(`all of ${stream.includes("crm") ? "crm" : "shop"}`);
      return history.store.load(stream);
    },
    read: (stream: string, options: ReadOptions) => {
      asked.push(`${stream.includes("crm") ? "crm" : "shop"} from ${options.from}`);
      return history.store.read(stream, options);
    },
  });

  it("are read again only from where they ended, and are whole", async () => {
    const store = remembered(noting() as typeof history.store);
    await store.load(roleStream(shop));
    expect((await store.load(roleStream(shop))).events).toHaveLength(2);
    await history.edit(shop, day(3), [{ Effect: "Allow", Action: ["s3:PutObject"], Resource: "*" }]);
    const { events } = await store.load(roleStream(shop));
    expect(events).toEqual((await history.store.load(roleStream(shop))).events);
    await store.load(roleStream(shop));
    expect(asked).toEqual(["all of shop", "shop from 3", "shop from 3", "shop from 4"]);
  });

  it("are forgotten when there are too many events, the longest unasked first", async () => {
    const store = remembered(noting() as typeof history.store, 2);
    await store.load(roleStream(crm));
    await store.load(roleStream(shop));
    await store.load(roleStream(shop));
    await store.load(roleStream(crm));
    expect(asked).toEqual(["all of crm", "all of shop", "shop from 3", "all of crm"]);
  });

  it("are those of roles: a stream that expires is asked for anew", async () => {
    const store = remembered(noting() as typeof history.store);
    await store.load("run#shop");
    await store.load("run#shop");
    expect(asked).toEqual(["all of shop", "all of shop"]);
  });
});
