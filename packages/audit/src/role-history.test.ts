import { describe, expect, it } from "vitest";
import { requestsOf } from "./overview.ts";
import { findRole, rolesMeant } from "./role-history.ts";
import type { IndexTable } from "./table.ts";
import { day, roleOf, whole, written } from "./testing.ts";

/** The partitions that are read of an index. */
function noting(index: IndexTable): IndexTable & { readonly read: Set<string> } {
  const read = new Set<string>();
  const kindOf = (pk: string) => pk.split("#")[1] ?? pk;
  return {
    ...{ ...index, read },
    get: (pk, sk) => {
      read.add(kindOf(pk));
      return index.get(pk, sk);
    },
    page: (pk, range) => {
      read.add(`all of ${kindOf(pk)}`);
      return index.page(pk, range);
    },
  };
}

/** Several roles, of which one was made again. */
async function several() {
  const history = written();
  const [shop, crm] = [roleOf("shop"), roleOf("crm")];
  const again = { ...shop, uniqueId: "AROAAGAIN" };
  await history.discover(shop, day(1));
  await history.discover(crm, day(1), "crm");
  await history.discover(again, day(5));
  await history.indexAll();
  return { ...history, shop, crm, again };
}

describe("the role that is meant", () => {
  it("is looked up by its whole ARN, however many others there are", async () => {
    const { store, index, crm } = await several();
    const noted = noting(index);
    expect((await findRole(crm.arn, { store, index: noted })).role).toEqual(crm);
    expect([...noted.read]).toEqual(["all of named"]);
  });

  it("is the newest of its ARN where it was made again, and an older one by its unique id", async () => {
    const { store, index, shop, again } = await several();
    expect((await findRole(shop.arn, { store, index })).role).toEqual(again);
    expect((await findRole(`${shop.arn}#${shop.uniqueId}`, { store, index })).role).toEqual(shop);
    expect(await rolesMeant(shop.arn, index)).toHaveLength(2);
  });

  it("is found by a part of its ARN; an ARN that no role has is a part of none", async () => {
    const { store, index, crm } = await several();
    expect((await findRole("crm-prod", { store, index })).role).toEqual(crm);
    expect((await findRole("arn:aws:iam::111122223333:role/ci/crm", { store, index })).role).toEqual(crm);
    await expect(findRole("arn:aws:iam::111122223333:role/ci/none", { store, index })).rejects.toMatchObject({
      code: "no-such-role",
    });
  });

  it("has its open requests told without reading the lists of roles and applications", async () => {
    const { index, indexAll } = await whole();
    await indexAll();
    const noted = noting(index);
    expect(await requestsOf(roleOf("shop"), noted)).toMatchObject([{ kind: "grow", iid: 58 }]);
    expect([...noted.read]).toEqual(["list"]);
    expect(await requestsOf(roleOf("none"), noted)).toEqual([]);
  });
});
