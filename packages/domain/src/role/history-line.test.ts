import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { historyLine, readHistoryLines } from "./history-line.ts";

const hash = "ab".repeat(32);

describe("A Plp-History line", () => {
  it("names role, version and hash as the contract says", () => {
    const role = { arn: "arn:aws:iam::111122223333:role/ci/shop-prod", uniqueId: "AROAEXAMPLE" };
    expect(historyLine(role, { version: 31, hash })).toBe(
      `Plp-History: arn:aws:iam::111122223333:role/ci/shop-prod#AROAEXAMPLE 31 ${hash}`,
    );
  });

  it("is read back to the same role, whatever its path holds, and never holds a command for GitLab", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (path, version) => {
        const role = { arn: `arn:aws:iam::111122223333:role/${path}/[skip-ci]/x`, uniqueId: "AROAEXAMPLE" };
        const line = historyLine(role, { version, hash });
        expect(line).not.toMatch(/[[\]\n]/);
        const wellFormed = path.isWellFormed();
        if (wellFormed && !/[\n\r\u2028\u2029]/.test(path)) {
          expect(readHistoryLines(`x\n\n${line}\n`)).toEqual([{ role, version, hash }]);
        }
      }),
    );
  });

  it("is null for a line that only looks like one, so that nothing is taken for ours by mistake", () => {
    expect(readHistoryLines(`Plp-History: nonsense 1 ${hash}`)).toBeNull();
    expect(readHistoryLines(`Plp-History: arn:%ZZ#AROA 1 ${hash}`)).toBeNull();
    expect(readHistoryLines("no line at all")).toEqual([]);
  });
});
