import type { DeniedBy } from "../types.ts";
import { type Fields, isFields, type TrailRecord, textOf } from "./record.ts";
import { remembered } from "./remembered.ts";

export type Outcome =
  | { readonly kind: "authorized"; readonly failed: boolean }
  | { readonly kind: "denied"; readonly by: DeniedBy; readonly namedAction: string | null }
  /** Refused before anybody asked what the caller may do: says nothing about a permission. */
  | { readonly kind: "unauthenticated" };

/** Spellings of "not authorized", after `Client.`, `Server.` and `Exception`/`Fault` endings are taken off. */
const denials = new Set([
  "accessdenied",
  "accessdeniedforresource",
  "authfailure",
  "authorizationerror",
  "authorizationfailure",
  "forbidden",
  "insufficientprivileges",
  "insufficientpermissions",
  "kmsaccessdenied",
  "notauthorized",
  "operationnotpermittedbypolicy",
  "unauthorized",
  "unauthorizedaccess",
  "unauthorizedoperation",
  "unauthorizedrequest",
  "useraccessdenied",
  "usernotauthorized",
  "vpceaccessdenied",
]);

const unauthenticated = new Set([
  "expiredtoken",
  "incompletesignature",
  "invalidaccesskeyid",
  "invalidclienttokenid",
  "invalidsecuritytoken",
  "missingauthenticationtoken",
  "requestexpired",
  "requesttimetooskewed",
  "signaturedoesnotmatch",
  "tokenrefreshrequired",
  "unrecognizedclient",
]);

/** Cognito says this of a wrong password of an end user, long after IAM allowed the call. */
const passwordChecks = new Set(["cognito-idp.amazonaws.com", "cognito-identity.amazonaws.com"]);

const notAuthorized = /\bis not authorized to perform:?\s*([a-z0-9-]+:[A-Za-z0-9]+)/;

const plainCode = remembered((code) =>
  code
    .replace(/^.*[#/]/, "")
    .replace(/^(Client|Server|Sender|Receiver|AWS)\./i, "")
    .replace(/(Exception|Fault)$/i, "")
    .toLowerCase(),
);

interface CallError {
  readonly code: string | null;
  readonly message: string | null;
}

const noError: CallError = { code: null, message: null };

/** Some services answer 200 and put the error into the response. */
function errorOf(record: TrailRecord): CallError {
  if (record.errorCode !== null || record.errorMessage !== null) {
    return { code: record.errorCode, message: record.errorMessage };
  }
  const response = record.responseElements;
  if (response === null) {
    return noError;
  }
  return (
    errorIn(response, null) ??
    errorOfHolder(response.error) ??
    errorOfHolder(response.Error) ??
    (typeof response.error === "string" ? { code: textOf(response.error), message: null } : noError)
  );
}

const errorOfHolder = (holder: unknown) =>
  isFields(holder) ? errorIn(holder, holder.code ?? holder.Code) : null;

/** `other`: its code, where it has none under a name that nothing but an error has. */
function errorIn(holder: Fields, other: unknown): CallError | null {
  const code = textOf(holder.errorCode ?? holder.ErrorCode ?? holder.__type ?? other);
  return code === null
    ? null
    : {
        code,
        message: textOf(holder.errorMessage ?? holder.ErrorMessage ?? holder.message ?? holder.Message),
      };
}

/** Which policy refused, by the sentence that AWS appends since 2021. */
function deniedBy(message: string | null): DeniedBy {
  const text = message?.toLowerCase() ?? "";
  if (/service control polic|resource control polic|organizations? polic/.test(text)) {
    return "scp";
  }
  if (/permissions? boundar/.test(text)) {
    return "boundary";
  }
  if (/session polic/.test(text)) {
    return "session";
  }
  if (/resource-based polic|vpc endpoint polic|trust polic/.test(text)) {
    return "resource";
  }
  return /identity-based polic/.test(text) ? "identity" : "unknown";
}

/**
 * What became of a call. An authorization error in any of its spellings is a denial, also where it stands in
 * responseElements or only in the message; every other error happened after authorization. `namedAction` is
 * the action that the message says was refused. Resources are never taken from a message.
 */
export function outcomeOf(record: TrailRecord): Outcome {
  const { code, message } = errorOf(record);
  if (code === null && message === null) {
    return { kind: "authorized", failed: false };
  }
  const plain = code === null ? "" : plainCode(code);
  const named = message === null ? null : (notAuthorized.exec(message)?.[1] ?? null);
  if (unauthenticated.has(plain)) {
    return { kind: "unauthenticated" };
  }
  const endUser = plain === "notauthorized" && passwordChecks.has(record.eventSource ?? "") && named === null;
  if ((denials.has(plain) && !endUser) || named !== null) {
    const by = plain === "vpceaccessdenied" ? "resource" : deniedBy(message);
    return { kind: "denied", by, namedAction: named };
  }
  return { kind: "authorized", failed: true };
}
