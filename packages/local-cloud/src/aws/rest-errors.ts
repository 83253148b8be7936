import type { AwsRequest, AwsResponse } from "./http.ts";

export interface FieldError {
  readonly name: string;
  readonly message: string;
}

/** An error of a REST-JSON service: its name in a header, its members in the body. */
export function restError(
  status: number,
  type: string,
  message: string,
  members: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): AwsResponse {
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-errortype": type, ...headers },
    body: JSON.stringify({ message, ...members }),
  };
}

export function invalid(
  reason: "cannotParse" | "fieldValidationFailed" | "other",
  message: string,
  fieldList: readonly FieldError[] = [],
): AwsResponse {
  return restError(400, "ValidationException", message, {
    reason,
    ...(fieldList.length > 0 && { fieldList }),
  });
}

export const denied = (message: string) => restError(403, "AccessDeniedException", message);

export const quota = (message: string, resourceId: string) =>
  restError(402, "ServiceQuotaExceededException", message, { resourceId, resourceType: "PolicyGeneration" });

/** AWS's own answers to a transient fault; Retry-After becomes the error's `retryAfterSeconds`. */
export const throttled = (seconds: number) =>
  restError(429, "ThrottlingException", "Rate exceeded", {}, { "retry-after": String(seconds) });

export const internal = (seconds: number) =>
  restError(
    500,
    "InternalServerException",
    "An internal error occurred",
    {},
    { "retry-after": String(seconds) },
  );

export const unknownOperation = (request: AwsRequest) =>
  restError(404, "UnknownOperationException", `Unable to determine service/operation name to be authorized`, {
    method: request.method,
  });
