import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffPolicies } from "./diff.ts";
import { allRequests, policyOf, smallPolicy, wildPolicy } from "./testing.ts";
import { allWorlds, naivelyAllowed } from "./testing-naive.ts";

const allow = { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "*" };
const deny = { Effect: "Deny", Action: "s3:Put*", Resource: "*" };
const put = { action: "s3:PutObject", resource: "*", condition: null };

describe("comparing two policies", () => {
  it("finds every policy equal to itself, and turns round with its sides", () => {
    const turned = { equal: "equal", narrower: "wider", wider: "narrower", different: "different" } as const;
    fc.assert(
      fc.property(smallPolicy, smallPolicy, (a, b) => {
        expect(diffPolicies(a, a)).toEqual({ verdict: "equal", added: [], removed: [] });
        const there = diffPolicies(a, b);
        const back = diffPolicies(b, a);
        expect(back).toEqual({ verdict: turned[there.verdict], added: there.removed, removed: there.added });
      }),
      { numRuns: 300 },
    );
  });

  it("lists permissions as they are written", () => {
    const less = policyOf({ ...allow, Action: "s3:GetObject" });
    expect(diffPolicies(policyOf(allow), less)).toEqual({ verdict: "narrower", added: [], removed: [put] });
    expect(diffPolicies(less, policyOf(allow))).toEqual({ verdict: "wider", added: [put], removed: [] });
  });

  it("finds the same said in another way equal", () => {
    const split = policyOf({ ...allow, Action: "S3:GETOBJECT" }, { ...allow, Action: ["s3:PutObject"] });
    expect(diffPolicies(policyOf(allow), split).verdict).toBe("equal");
  });

  it("calls a Deny removed wider, and shows a request", () => {
    const { verdict, added } = diffPolicies(policyOf(allow, deny), policyOf(allow));
    expect(verdict).toBe("wider");
    expect(added).toEqual([put]);
  });

  it("shows a dropped Deny also beside a line more", () => {
    const list = { ...allow, Action: "s3:ListBucket" };
    const { added } = diffPolicies(policyOf(allow, deny), policyOf(allow, list));
    expect(added).toEqual([{ ...put, action: "s3:ListBucket" }, put]);
  });

  it("says equal or narrower only where that is so, in every world", () => {
    fc.assert(
      fc.property(wildPolicy, wildPolicy, fc.constantFrom(...allWorlds), (old, next, world) => {
        const { verdict } = diffPolicies(old, next);
        for (const request of allRequests) {
          const [before, after] = [old, next].map((one) => naivelyAllowed(one, request, world));
          if (verdict === "equal") expect([request, after]).toEqual([request, before]);
          if (verdict === "narrower" && after) expect([request, before]).toEqual([request, true]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("calls more here and less there different", () => {
    const get = policyOf({ ...allow, Action: "s3:GetObject" });
    expect(diffPolicies(get, policyOf({ ...allow, Action: "s3:PutObject" })).verdict).toBe("different");
  });
});
