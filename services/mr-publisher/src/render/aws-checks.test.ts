import type { AwsChecks } from "@plp/domain";
import { describe, expect, it } from "vitest";
import { requestView, roleView, seen } from "../testing.ts";
import { renderDescription } from "./description.ts";

const added = [seen("sqs:ListQueues", "*")];
const shown = (awsChecks: AwsChecks, other: AwsChecks = awsChecks) =>
  renderDescription(
    requestView([
      roleView("prod", { added, awsChecks }),
      roleView("test", { accountId: "444455556666", added, awsChecks: other }),
    ]),
  );
const passed = { result: "pass" as const, findings: [] };
const star = {
  ...{ type: "SECURITY_WARNING" as const, code: "PASS_ROLE_WITH_STAR_IN_RESOURCE" },
  ...{
    detail: "It can be overly permissive.",
    learnMore: "https://docs.aws.amazon.com",
    statement: "PlpPassRole",
  },
};

describe("AWS's own checks in a request", () => {
  it("are one row, and nothing where none was asked for", () => {
    expect(shown({ validatePolicy: passed })).toContain("| AWS's checks | ValidatePolicy: no findings |");
    const all = {
      validatePolicy: passed,
      noNewAccess: { result: "pass" as const },
      notGranted: { result: "pass" as const },
    };
    expect(shown(all)).toContain(
      "| AWS's checks | ValidatePolicy: no findings; CheckNoNewAccess: allows nothing new; CheckAccessNotGranted: nothing that the settings forbid is granted |",
    );
    expect(shown({})).not.toContain("AWS's checks");
  });

  it("stand before all else that is to decide where AWS warns or refuses, the same in several environments once", () => {
    const text = shown({
      validatePolicy: { result: "pass", findings: [star, { ...star, type: "SUGGESTION" }] },
    });
    expect(text).toContain("ValidatePolicy: **2 security warnings and 2 suggestions** |");
    expect(text).toContain("**1 finding of AWS for you;");
    expect(text).toContain(
      "- **AWS warns · `prod` and `test`** `PASS_ROLE_WITH_STAR_IN_RESOURCE` in statement `PlpPassRole`: `It can be overly permissive.`",
    );
  });

  it("say what is granted against the settings, and what could not be checked", () => {
    const text = shown(
      { notGranted: { result: "fail", reasons: ["One of them in statement 0."] } },
      { validatePolicy: { result: "not-made", reason: "AccessDenied", findings: [] } },
    );
    expect(text).toContain("CheckAccessNotGranted: **failed**");
    expect(text).toContain(
      "- **Granted against the settings · `prod`** `CheckAccessNotGranted`: `One of them in statement 0.`",
    );
    expect(text).toContain("| AWS's checks | ValidatePolicy could not be made: `AccessDenied`; ");
  });
});

describe("How far a role is from being enforced", () => {
  const readiness = (quietDays: number) => ({ quietDays, of: 14, against: ["something"] });

  it("stands beside how it is merged, once where it is the same for all", () => {
    const of = (prod: number, test: number) =>
      renderDescription(
        requestView([
          roleView("prod", { added, readiness: readiness(prod) }),
          roleView("test", { accountId: "444455556666", added, readiness: readiness(test) }),
        ]),
      );
    expect(of(2, 2)).toContain("nothing can break; not ready to enforce: 2 of 14 quiet days |");
    expect(of(2, 9)).toContain(
      "not ready to enforce: `prod` 2 of 14 quiet days and `test` 9 of 14 quiet days |",
    );
  });
});
