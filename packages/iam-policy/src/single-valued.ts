/**
 * Condition keys that have at most one value in a request: the global keys that the IAM User Guide ("AWS global condition
 * context keys") describes so, and `iam:PassedToService`. Every other key may have several, and what an operator without
 * `ForAnyValue` or `ForAllValues` makes of those AWS leaves open.
 */
const KEYS = new Set([
  "aws:calledviafirst",
  "aws:calledvialast",
  "aws:currenttime",
  "aws:epochtime",
  "aws:multifactorauthage",
  "aws:multifactorauthpresent",
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalorgid",
  "aws:principaltype",
  "aws:requestedregion",
  "aws:resourceaccount",
  "aws:resourceorgid",
  "aws:securetransport",
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceidentity",
  "aws:sourceip",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:userid",
  "aws:username",
  "aws:viaawsservice",
  "aws:vpcsourceip",
  "iam:passedtoservice",
]);
/** The value of one tag. */
const TAG = /^aws:(principal|request|resource)tag\//;

/** `key` in lower case. */
export function isSingleValued(key: string): boolean {
  return KEYS.has(key) || TAG.test(key);
}
