/** IAM's own refusals by code, with the HTTP status that it answers. */
const statuses = {
  AccessDenied: 403,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  InvalidInput: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  NoSuchEntity: 404,
  ServiceFailure: 500,
  Throttling: 400,
  ValidationError: 400,
} as const;

export type IamCode = keyof typeof statuses;

/** What IAM answers instead of doing what it was asked. */
export class IamRefusal extends Error {
  readonly code: IamCode;
  readonly status: number;

  constructor(code: IamCode, message: string) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = statuses[code];
  }
}

export const missing = (message: string) => new IamRefusal("NoSuchEntity", message);
export const invalid = (name: string, rule: string) =>
  new IamRefusal(
    "ValidationError",
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: ${rule}`,
  );
