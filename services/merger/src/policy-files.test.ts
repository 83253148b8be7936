import { scopeOf } from "@plp/domain/testing";
import { emptyPolicy, type Policy, parsePolicy, printPolicy } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { changedFiles, type PolicyFiles, readPolicyFiles } from "./policy-files.ts";
import type { PolicyRepository } from "./ports.ts";

const scope = scopeOf();

function statement(sid: string, ...resources: string[]): object {
  return { Sid: sid, Effect: "Allow", Action: ["sqs:SendMessage"], Resource: resources };
}

function policyOf(...statements: object[]): Policy {
  return parsePolicy({ Version: "2012-10-17", Statement: statements }, "test");
}

/** The files of a repository that holds these texts. */
function filesOf(texts: Readonly<Record<string, string>>): Promise<PolicyFiles> {
  const repository: PolicyRepository = {
    project: "iam/roles",
    head: async () => "commit-1",
    file: async (path) =>
      texts[path] === undefined ? null : { content: texts[path], blob: `blob of ${path}` },
    lastCommit: async () => ({ sha: "commit-1", author: null }),
  };
  return readPolicyFiles(repository, scope);
}

const [first, second] = ["shop/policies/prod.json", "shop/policies/prod.2.json"];
const orders = printPolicy(
  policyOf(statement("PlpSqsOrders", "arn:aws:sqs:eu-central-1:111122223333:orders")),
);
const bills = printPolicy(policyOf(statement("PlpSqsBills", "arn:aws:sqs:eu-central-1:111122223333:bills")));

describe("the files that change with a policy", () => {
  it("are none where it stands there already", async () => {
    const files = await filesOf({ [first]: orders, [second]: bills });
    expect(changedFiles(files, files.policy, scope)).toMatchObject({ files: [], refusal: null });
  });

  it("is the one that says less, and nothing of the other", async () => {
    const files = await filesOf({ [first]: orders, [second]: bills });
    const next = policyOf(...files.policy.statements.slice(0, 1).map(({ verbatim }) => verbatim));
    expect(changedFiles(files, next, scope).files).toEqual([{ path: second, content: null }]);
  });

  it("leave no gap: what stands in the last takes the place of what went", async () => {
    const files = await filesOf({ [first]: orders, [second]: bills });
    const next = policyOf(...files.policy.statements.slice(1).map(({ verbatim }) => verbatim));
    const changed = changedFiles(files, next, scope);
    expect(changed.files).toEqual([
      { path: first, content: bills },
      { path: second, content: null },
    ]);
  });

  it("are removed, all of them, where nothing is left", async () => {
    const files = await filesOf({ [first]: orders, [second]: bills });
    const changed = changedFiles(files, emptyPolicy, scope);
    expect(changed.files).toEqual([
      { path: first, content: null },
      { path: second, content: null },
    ]);
    expect(changed.policy.statements).toEqual([]);
  });

  it("are none where there is no file and nothing to write", async () => {
    expect(changedFiles(await filesOf({}), emptyPolicy, scope).files).toEqual([]);
  });

  it("may be as many as there are, if AWS lets this role have more than by default", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => {
        const resources = Array.from(
          { length: 60 },
          (_, at) => `arn:aws:sqs:*:*:${"x".repeat(80)}${i}-${at}`,
        );
        return [
          i === 0 ? first : `shop/policies/prod.${i + 1}.json`,
          printPolicy(policyOf(statement(`ByHand${i}`, ...resources))),
        ];
      }),
    );
    const files = await filesOf({ ...many, "shop/policies/prod.12.json": orders });
    const grown = policyOf(
      ...files.policy.statements.slice(0, -1).map(({ verbatim }) => verbatim),
      statement("PlpSqsOrders", "arn:aws:sqs:eu-central-1:111122223333:orders", "arn:aws:sqs:*:*:more"),
    );
    const changed = changedFiles(files, grown, scope);
    expect(changed.refusal).toBeNull();
    expect(changed.files.map(({ path }) => path)).toEqual(["shop/policies/prod.12.json"]);
    expect(changed.questions).toMatchObject([
      { kind: "too-large", detail: expect.stringMatching(/takes 12 files/) },
    ]);
  });
});
