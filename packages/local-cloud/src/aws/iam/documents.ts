import { isPolicyError, MAX_POLICY_SIZE, parsePolicy } from "@plp/iam-policy";
import { IamRefusal } from "./refusal.ts";

/** Characters that count against IAM's limits: all but whitespace. */
function sizeOf(document: string): number {
  return document.replace(/\s/g, "").length;
}

function limit(what: string, size: number): IamRefusal {
  return new IamRefusal("LimitExceeded", `Cannot exceed quota for ${what}: ${size}`);
}

/** The text of a managed policy, as IAM takes it; throws MalformedPolicyDocument or LimitExceeded. */
export function checkedManaged(document: string): string {
  checkIdentityPolicy(document);
  if (sizeOf(document) > MAX_POLICY_SIZE) throw limit("PolicySize", MAX_POLICY_SIZE);
  return document;
}

const inlineSize = 10_240;

/** The text of an inline policy beside the role's others, which count together. */
export function checkedInline(document: string, others: readonly string[]): string {
  checkIdentityPolicy(document);
  const size = [document, ...others].reduce((sum, one) => sum + sizeOf(one), 0);
  if (size > inlineSize)
    throw new IamRefusal("LimitExceeded", `Maximum policy size of ${inlineSize} bytes exceeded`);
  return document;
}

/** A trust policy's text: statements with principals. */
export function checkedTrust(document: string): string {
  const parsed = json(document);
  const statements = parsed === null ? [] : [parsed.Statement].flat();
  const good = statements.every(
    (one) => typeof one === "object" && one !== null && "Principal" in one && "Effect" in one,
  );
  if (statements.length === 0 || !good) {
    throw new IamRefusal("MalformedPolicyDocument", "This policy contains invalid Json");
  }
  return document;
}

function checkIdentityPolicy(document: string): void {
  try {
    const { statements } = parsePolicy(document, "policy");
    if (statements.length === 0) throw new IamRefusal("MalformedPolicyDocument", "Syntax errors in policy.");
    if (statements.some(({ verbatim }) => "Principal" in verbatim || "NotPrincipal" in verbatim)) {
      throw new IamRefusal("MalformedPolicyDocument", "Policy document should not specify a principal.");
    }
  } catch (error) {
    if (!isPolicyError(error)) throw error;
    throw new IamRefusal("MalformedPolicyDocument", "Syntax errors in policy.");
  }
}

function json(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
