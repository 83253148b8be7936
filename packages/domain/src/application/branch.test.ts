import { describe, expect, it } from "vitest";
import { branchOf, folderOfBranch, isRequestBranch } from "./branch.ts";

describe("A branch", () => {
  it("names kind and folder, and stays a branch whatever the folder is called", () => {
    expect(branchOf("grow", "teams/shop")).toMatch(/^plp-grow\/teams-shop-[0-9a-f]{8}$/);
    for (const folder of ["a..b", "-x", "ü/ö", "x.lock", "a/".repeat(90), "with space", "..."]) {
      for (const branch of [branchOf("enforce", folder), `${branchOf("enforce", folder)}-2`]) {
        expect(isRequestBranch(branch), branch).toBe(true);
        expect(folderOfBranch(branch, ["README.md", `${folder}/policies/prod.json`])).toBe(folder);
      }
    }
  });

  it("of people, or of a folder that none of the paths lies in, is nobody's", () => {
    for (const branch of ["main", "plp-grow", "plp-other/shop-12345678", "feature/plp-grow/shop-12345678"])
      expect(isRequestBranch(branch), branch).toBe(false);
    expect(folderOfBranch(branchOf("grow", "shop"), ["crm/policies/prod.json"])).toBeNull();
    expect(folderOfBranch("main", ["shop/policies/prod.json"])).toBeNull();
  });
});
