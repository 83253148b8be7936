import type { RequestState } from "@plp/domain";
import fc from "fast-check";
import { expect, it } from "vitest";
import { renderMessageOf, renderSummary } from "./chat-message.ts";

const request = (url: string, title: string) => ({ iid: 12, url, title }) as RequestState;

it("whatever a title or an address says, it begins no link and no mention, and ends none", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (title, path) => {
      const text = renderMessageOf(request(`https://gitlab.example/${path}`, title), [
        { key: "request", what: "request" },
      ]);
      const [, rest = text] = /^Waits for your decision: (.*)$/s.exec(text) ?? [];
      expect(rest.replace(/^<https:\/\/gitlab\.example\/[^\s<>|]*\|([^<>|]*)>$/, "")).not.toMatch(/[<>|@\n]/);
    }),
  );
});

it("a mention in a title mentions nobody", () => {
  const text = renderMessageOf(request("https://gitlab.example/1", "Draft: <!channel> @all"), []);
  expect(text).toContain("!12 &lt;!channel&gt; ＠all>");
});

it("the summary leads to all open requests of the project", () => {
  expect(renderSummary({ url: "https://gitlab.example/iam/-/merge_requests/12" })).toContain(
    "<https://gitlab.example/iam/-/merge_requests?state=opened|",
  );
});
