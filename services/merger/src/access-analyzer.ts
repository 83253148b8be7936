import {
  AccessAnalyzerClient,
  CheckAccessNotGrantedCommand,
  CheckNoNewAccessCommand,
  paginateValidatePolicy,
  type ReasonSummary,
} from "@aws-sdk/client-accessanalyzer";
import { awsFault, type Sessions } from "@plp/clients";
import type { AwsCheck, AwsFinding } from "@plp/domain";
import { permanent } from "@plp/runtime";
import type { PolicyChecks } from "./ports.ts";

/** Access Analyzer's policy checks, by the reader's session in the role's own account and Region. */
export function accessAnalyzerChecks(sessions: Sessions): PolicyChecks {
  async function call<T>(
    { accountId, region }: Parameters<PolicyChecks["validatePolicy"]>[0],
    what: string,
    work: (client: AccessAnalyzerClient) => Promise<T>,
  ): Promise<T> {
    const client = new AccessAnalyzerClient({
      region,
      credentials: sessions.credentialsFor(accountId, "policy-checks"),
    });
    try {
      return await work(client);
    } catch (error) {
      throw awsFault(error, `${what} in account ${accountId}, ${region}`);
    } finally {
      client.destroy();
    }
  }

  return {
    validatePolicy: (at, policyDocument) =>
      call(at, "cannot validate a policy", async (client) => {
        const findings: AwsFinding[] = [];
        const request = { policyDocument, policyType: "IDENTITY_POLICY" as const };
        for await (const page of paginateValidatePolicy({ client }, request)) {
          for (const { findingType, issueCode, findingDetails, learnMoreLink, locations } of page.findings ??
            []) {
            const path = locations?.[0]?.path ?? [];
            findings.push({
              ...{ type: typeOf(findingType), code: issueCode ?? "", detail: findingDetails ?? "" },
              ...{ learnMore: learnMoreLink ?? "", statement: statementOf(policyDocument, path[1]?.index) },
            });
          }
        }
        return findings;
      }),

    noNewAccess: (at, existingPolicyDocument, newPolicyDocument) =>
      call(at, "cannot compare two policies", async (client) => {
        const { result, message, reasons } = await client.send(
          new CheckNoNewAccessCommand({
            existingPolicyDocument,
            newPolicyDocument,
            policyType: "IDENTITY_POLICY",
          }),
        );
        return checkOf(result, message, reasons);
      }),

    notGranted: (at, policyDocument, actions) =>
      call(at, "cannot check a policy", async (client) => {
        const { result, message, reasons } = await client.send(
          new CheckAccessNotGrantedCommand({
            policyDocument,
            access: [{ actions: [...actions] }],
            policyType: "IDENTITY_POLICY",
          }),
        );
        return checkOf(result, message, reasons);
      }),
  };
}

function typeOf(type: string | undefined): AwsFinding["type"] {
  if (type === "ERROR" || type === "SECURITY_WARNING" || type === "WARNING" || type === "SUGGESTION")
    return type;
  throw unknownAnswer(type);
}

function checkOf(
  result: string | undefined,
  message: string | undefined,
  reasons: readonly ReasonSummary[] | undefined,
): AwsCheck {
  if (result === "PASS") return { result: "pass" };
  if (result !== "FAIL") throw unknownAnswer(result);
  const told = (reasons ?? []).flatMap(({ description }) => description ?? []);
  return { result: "fail", reasons: told.length > 0 ? told : [message ?? "no reason was given"] };
}

function unknownAnswer(answer: string | undefined) {
  return permanent(
    "analyzer-answer",
    `Access Analyzer answered a policy check with ${JSON.stringify(answer)}; update PLP`,
  );
}

/** The Sid of a statement of the document that we sent, else its number. */
function statementOf(document: string, index: number | undefined): string | null {
  if (index === undefined) return null;
  const statement: unknown = [JSON.parse(document).Statement].flat()[index];
  const sid =
    typeof statement === "object" && statement !== null && "Sid" in statement ? statement.Sid : null;
  return typeof sid === "string" && sid !== "" ? sid : `number ${index}`;
}
