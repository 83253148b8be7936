/** Parameters as CloudTrail has them: any JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

export interface RecordResource {
  readonly arn: string | null;
  readonly type: string | null;
  readonly accountId: string | null;
}

export interface SessionIssuer {
  readonly type: string | null;
  readonly principalId: string | null;
  readonly arn: string | null;
  readonly accountId: string | null;
  readonly userName: string | null;
}

export interface UserIdentity {
  readonly type: string | null;
  readonly principalId: string | null;
  readonly arn: string | null;
  readonly accountId: string | null;
  readonly invokedBy: string | null;
  readonly sessionIssuer: SessionIssuer | null;
}

/** One CloudTrail record, read tolerantly: what is missing, null or of another kind is null. */
export interface TrailRecord {
  readonly eventID: string | null;
  /** Milliseconds since 1970, null when the record has no readable time. */
  readonly time: number | null;
  readonly eventSource: string | null;
  readonly eventName: string | null;
  readonly eventType: string | null;
  readonly eventCategory: string | null;
  readonly awsRegion: string | null;
  readonly sourceIPAddress: string | null;
  readonly userAgent: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly recipientAccountId: string | null;
  readonly sharedEventID: string | null;
  readonly userIdentity: UserIdentity;
  readonly requestParameters: Fields | null;
  readonly responseElements: Fields | null;
  readonly resources: readonly RecordResource[];
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A trimmed, non-empty string; a number becomes its digits, because some sources write account ids so. */
export function textOf(value: unknown): string | null {
  if (typeof value === "string") {
    const trimmed = value.trim();
    return trimmed === "" ? null : trimmed;
  }
  return typeof value === "number" && Number.isFinite(value) ? String(value) : null;
}

/** An account id is 12 digits; one written as a number has lost its leading zeros. */
function accountOf(value: unknown): string | null {
  const text = textOf(value);
  return typeof value === "number" && text !== null && /^\d{1,12}$/.test(text)
    ? text.padStart(12, "0")
    : text;
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

export function timeOf(value: unknown): number | null {
  const text = textOf(value);
  const time = text !== null && isoTime.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

function resourcesOf(value: unknown): readonly RecordResource[] {
  if (!Array.isArray(value)) {
    return [];
  }
  return value.filter(isFields).map((entry) => ({
    arn: textOf(entry.ARN ?? entry.arn),
    type: textOf(entry.type),
    accountId: accountOf(entry.accountId),
  }));
}

function issuerOf(value: unknown): SessionIssuer | null {
  if (!isFields(value)) {
    return null;
  }
  return {
    type: textOf(value.type),
    principalId: textOf(value.principalId),
    arn: textOf(value.arn),
    accountId: accountOf(value.accountId),
    userName: textOf(value.userName),
  };
}

const nobody: UserIdentity = {
  ...{ type: null, principalId: null, arn: null, accountId: null },
  ...{ invokedBy: null, sessionIssuer: null },
};

export function identityOf(identity: unknown): UserIdentity {
  if (!isFields(identity)) {
    return nobody;
  }
  const session = isFields(identity.sessionContext) ? identity.sessionContext : {};
  return {
    type: textOf(identity.type),
    principalId: textOf(identity.principalId),
    arn: textOf(identity.arn),
    accountId: accountOf(identity.accountId),
    invokedBy: textOf(identity.invokedBy),
    sessionIssuer: issuerOf(session.sessionIssuer),
  };
}

/**
 * Reads one record of a log file. Never throws: a field that is missing, null or of an unexpected kind becomes
 * null, and what is no object at all gives null. Nothing is interpreted here.
 */
export function parseRecord(value: unknown): TrailRecord | null {
  if (!isFields(value)) {
    return null;
  }
  return {
    eventID: textOf(value.eventID),
    time: timeOf(value.eventTime),
    eventSource: textOf(value.eventSource),
    eventName: textOf(value.eventName),
    eventType: textOf(value.eventType),
    eventCategory: textOf(value.eventCategory),
    awsRegion: textOf(value.awsRegion),
    sourceIPAddress: textOf(value.sourceIPAddress),
    userAgent: textOf(value.userAgent),
    errorCode: textOf(value.errorCode),
    errorMessage: textOf(value.errorMessage),
    recipientAccountId: accountOf(value.recipientAccountId),
    sharedEventID: textOf(value.sharedEventID),
    userIdentity: identityOf(value.userIdentity),
    requestParameters: isFields(value.requestParameters) ? value.requestParameters : null,
    responseElements: isFields(value.responseElements) ? value.responseElements : null,
    resources: resourcesOf(value.resources),
  };
}
