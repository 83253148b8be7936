export const hidden = "[redacted]";

const longest = 32_768;
/** A credential that the cut would leave half of is still seen by its pattern. */
const overlap = 1_024;

const secretName =
  /(?:token|secret|password|passwd|passphrase|authorization|cookie|credential|privatekey|accesskey|accesskeyid|apikey|signature)s?(?:value)?$/;

/** Names that end like a secret's, but hold what only identifies a page or a request. */
const harmlessNames = new Set(["nexttoken", "clienttoken", "continuationtoken", "nextcontinuationtoken"]);

/** `sts:GetSessionToken` is something a role may do, no secret; counts stand under such names. */
const iamAction = /^[a-z0-9-]+:[A-Za-z0-9*?]+$/;

/** Is a value under this name a secret, whatever it looks like? Case, `-` and `_` do not matter. */
export function isSecretKey(key: string): boolean {
  const name = key.toLowerCase().replace(/[^a-z0-9]/g, "");
  return secretName.test(name) && !harmlessNames.has(name) && !iamAction.test(key);
}

const named =
  "(?:x-amz-security-token|x-amz-signature|x-amz-credential|x-gitlab-token|private[-_]token|job[-_]token|access[-_]token|refresh[-_]token|id[-_]token|session[-_]?token|security[-_]?token|gitlab[-_]token|hook[-_]?secret|client[-_]?secret|secret[-_]?access[-_]?key|aws[-_]access[-_]key[-_]id|access[-_]?key[-_]?id|password|passwd|(?<!:)secret|set-cookie|cookie)";

const patterns: readonly (readonly [RegExp, string])[] = [
  // AWS signature version 4 and other values of an Authorization header, to the end of the line.
  [/(\bauthorization["']?\s{0,4}[:=]\s{0,4}["']?)[^\r\n"']{1,4096}/gi, `$1${hidden}`],
  [/\bAWS4-HMAC-SHA256\s[^\r\n"']{1,4096}/g, hidden],
  [/\b(Bearer|Basic)\s{1,4}[\w.~+/=-]{6,}/gi, `$1 ${hidden}`],
  // name=value and "name": "value", in query strings, headers and JSON within a text.
  [
    new RegExp(`(\\b${named}\\\\?["']?\\s{0,4}[:=]\\s{0,4}\\\\?["']?)[^\\s"'&,;}\\\\]{1,4096}`, "gi"),
    `$1${hidden}`,
  ],
  [/([?&][\w-]{0,40}(?:token|signature|secret|password)=)[^&\s"'#]{1,4096}/gi, `$1${hidden}`],
  // What GitLab calls its tokens: personal, deploy, runner, job, trigger, feed, agent and the like.
  [/\bgl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|imt|agent|oas|ffct|wt)-[\w.=-]{6,}/g, hidden],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, hidden],
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, hidden],
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,8192}/g, hidden],
  // user:password@ of a URL.
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']{1,512}@/gi, `$1${hidden}@`],
];

/** The same text with everything hidden that looks like a credential; cut after 32,768 characters. */
export function redactText(text: string): string {
  let result = text.length > longest + overlap ? text.slice(0, longest + overlap) : text;
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return text.length > longest ? `${result.slice(0, longest)}… [${text.length} characters]` : result;
}
