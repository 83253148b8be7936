import { describe, expect, it } from "vitest";
import { backtested, missed, requestView, roleView, seen } from "../testing.ts";
import { renderDescription } from "./description.ts";

const test = "444455556666";
const list = seen("sqs:ListQueues", "*");
const keys = (account: string) => `arn:aws:kms:eu-central-1:${account}:key/k1`;

describe("The backtest in a request", () => {
  it("is one row of the checks, over all roles", () => {
    const text = renderDescription(
      requestView([
        roleView("prod", { added: [list], backtest: backtested(18_000) }),
        roleView("test", { added: [list], accountId: test, backtest: backtested(412) }),
      ]),
    );
    expect(text).toContain("| Backtest | 0 of 18,412 calls since 25 Aug 2026 would have been denied |");
    expect(text).toContain("**Nothing but routine: 2 permissions.**");
  });

  it("names what would be denied and what cannot be decided, the same in several environments once", () => {
    const lines = (account: string) => ({
      wouldBeDenied: [missed("kms:Decrypt", keys(account), "no-allow")],
      undecided: [missed("sns:Publish", null, "resource", { count: 1 })],
    });
    const text = renderDescription(
      requestView([
        roleView("prod", { added: [list], backtest: backtested(100, lines("111122223333")) }),
        roleView("test", { added: [list], accountId: test, backtest: backtested(50, lines(test)) }),
      ]),
    );
    expect(text).toContain(
      "| Backtest | **4 of 150 calls since 25 Aug 2026 would have been denied**; 2 cannot be decided |",
    );
    expect(text).toContain(
      "- **Would be denied · `prod` and `test`** `kms:Decrypt` on `key/k1`: 4 times, last on 20 Nov 2026. No statement of this policy allows it.",
    );
    expect(text).toContain(
      "- **Cannot be decided · `prod` and `test`** `sns:Publish` on a resource that the log does not name: twice, last on 20 Nov 2026. It hangs on which one it was.",
    );
    expect(text).toContain("2 used that this policy may not allow for you");
  });

  it("says nothing twice: what was refused before and what no table knows has a line of its own already", () => {
    const refused = seen("kms:Decrypt", "*");
    const text = renderDescription(
      requestView([
        roleView("prod", {
          added: [list],
          heldBack: [refused],
          backtest: backtested(9, {
            wouldBeDenied: [missed("kms:Decrypt", "*", "no-allow")],
            undecided: [missed("x.amazonaws.com Y", null, "unmapped")],
          }),
        }),
      ]),
    );
    expect(text).toContain("**2 of 9 calls");
    expect(text).not.toContain("Would be denied");
    expect(text).not.toContain("Cannot be decided");
  });

  it("says for which roles none was made, and is no row where none was", () => {
    const some = requestView([
      roleView("prod", { added: [list], backtest: backtested(9) }),
      roleView("test", { added: [list], accountId: test }),
    ]);
    expect(renderDescription(some)).toContain("would have been denied; not made for `test` |");
    expect(renderDescription(requestView([roleView("prod", { added: [list] })]))).not.toContain("Backtest");
  });
});
