import { describe, expect, it } from "vitest";
import { causeAt, history } from "../testing.ts";
import {
  type ClaimEvent,
  type ClaimState,
  claim,
  foldClaims,
  holderOf,
  otherHolders,
  releaseClaim,
} from "./claim.ts";

const at = causeAt("2026-11-23T04:00:00.000Z");
const shop = { project: "iam/roles", folder: "shop" };
const other = { project: "iam/roles", folder: "other" };
const take = (place: typeof shop, uniqueId: string | null) => (state: ClaimState) =>
  claim(state, { ...place, uniqueId }, at);
const release = (place: typeof shop) => (state: ClaimState) => releaseClaim(state, place, "gone", at);
const claims = () => history<ClaimEvent, ClaimState>(foldClaims);

describe("A claim", () => {
  it("made twice is made once", () => {
    const after = claims().when(take(shop, "AROA1"));
    expect(after.last).toHaveLength(1);
    expect(after.when(take(shop, "AROA1")).last).toEqual([]);
  });

  it("of a role that was made again is made anew, so that the role before is known", () => {
    const after = claims().when(take(shop, "AROA1")).when(take(shop, "AROA2"));
    expect(after.last).toHaveLength(1);
    expect(holderOf(after.state, shop)?.uniqueId).toBe("AROA2");
  });

  it("of a second folder is a conflict that both can see", () => {
    const { state } = claims().when(take(shop, null)).when(take(other, null));
    expect(otherHolders(state, shop)).toMatchObject([other]);
    expect(otherHolders(state, other)).toMatchObject([shop]);
  });

  it("released twice is released once, and can be taken by another", () => {
    const after = claims().when(take(shop, null)).when(release(shop));
    expect(after.last).toHaveLength(1);
    expect(after.when(release(shop)).last).toEqual([]);
    expect(otherHolders(after.when(take(other, null)).state, other)).toEqual([]);
  });

  it("folded on from a state knows the holders before", () => {
    const after = claims().when(take(shop, null)).when(take(other, null));
    const [first, second] = after.events;
    if (first === undefined || second === undefined) throw new Error("two claims were made");
    expect(foldClaims([second], foldClaims([first]))).toEqual(after.state);
  });

  it("is one of its own in every project, whatever the folders are called", () => {
    const { state } = claims().when(take({ project: "a", folder: "b" }, null));
    expect(holderOf(state, { project: "b", folder: "a" })).toBeNull();
  });
});
