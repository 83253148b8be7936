import { Fault, isFault } from "@plp/runtime";

const throttling =
  /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|BandwidthLimitExceeded|SlowDown|PriorRequestNotComplete|ProvisionedThroughputExceeded|EC2Throttled)/;
const staleCredentials = /^(ExpiredToken|RequestExpired|RequestTimeTooSkewed|TokenRefreshRequired)/;
/** Messages of these quote the signed request, security token included. */
const signature =
  /Signature|AuthorizationHeaderMalformed|MissingAuthenticationToken|InvalidClientTokenId|UnrecognizedClient/;
const network =
  /^(ECONN|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR)|^(TimeoutError|AbortError|RequestTimeout|NetworkingError)/;

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly retryAfterSeconds?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly $retryable?: unknown;
  readonly $response?: { readonly headers?: unknown };
}

/**
 * The fault for what an AWS SDK client threw while doing `what` ("cannot start the analysis of arn:…"); a fault
 * passes unchanged. Code `aws-<name of the error>`. Transient: throttling, quota (402) and conflict (409), 5xx,
 * network, expired credentials, with `retryAfterSeconds` where AWS gave it; all else is permanent. The SDK's
 * error is not kept as cause, because it carries the signed request.
 */
export function awsFault(error: unknown, what: string): Fault {
  if (isFault(error)) return error;
  const sdk: SdkError = typeof error === "object" && error !== null ? error : {};
  const name = word(sdk.name) ?? "UnknownError";
  const status = typeof sdk.$metadata?.httpStatusCode === "number" ? sdk.$metadata.httpStatusCode : undefined;
  const code = word(sdk.code);
  const said = signature.test(name)
    ? "AWS did not accept the signature or the credentials: check the clock and the credentials"
    : redact(typeof sdk.message === "string" ? sdk.message : String(error));
  const wait = retryAfter(sdk);
  const label = code !== undefined && status === undefined ? `${name} ${code}` : name;
  return new Fault(`aws-${name}`, `${what}: ${label}${said === "" ? "" : `: ${said}`}`, isTransient(), {
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  });

  function isTransient(): boolean {
    if (throttling.test(name) || staleCredentials.test(name)) return true;
    if (name === "ServiceQuotaExceededException" || name === "ConflictException") return true;
    if (status !== undefined && (status >= 500 || status === 429 || status === 402)) return true;
    if (network.test(name) || (code !== undefined && network.test(code))) return true;
    return name === "CredentialsProviderError" || (status === undefined && sdk.$retryable !== undefined);
  }
}

function word(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const clean = value.replace(/[^A-Za-z0-9_.]/g, "").slice(0, 80);
  return clean === "" ? undefined : clean;
}

function retryAfter(sdk: SdkError): number | undefined {
  const own = Number(sdk.retryAfterSeconds ?? Number.NaN);
  if (Number.isFinite(own) && own >= 0) return own;
  const headers = sdk.$response?.headers;
  if (typeof headers !== "object" || headers === null) return undefined;
  const header = Number((headers as Record<string, unknown>)["retry-after"] ?? Number.NaN);
  return Number.isFinite(header) && header >= 0 ? header : undefined;
}

/** AWS's words in one line, without anything that looks like a credential or a signed header. */
function redact(message: string): string {
  const clean = message
    .replace(/AWS4-HMAC-SHA256[^'"]*/g, "[signature]")
    .replace(
      /(x-amz-security-token|authorization|x-amz-credential|x-amz-signature)\s*[:=]\s*\S+/gi,
      "$1 [redacted]",
    )
    .replace(/\b(ASIA|AKIA)[A-Z0-9]{12,}\b/g, "[key id]")
    .replace(/[A-Za-z0-9/+=]{200,}/g, "[redacted]")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return clean.length <= 400 ? clean : `${clean.slice(0, 399)}…`;
}
