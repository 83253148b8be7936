import type { Call } from "./call.ts";
import type { Random } from "./random.ts";
import { isoSecond, type Session } from "./session.ts";

/** A record as text, and what its delivery depends on. `region` and `accountId` are those of the trail that has it. */
export interface LoggedEvent {
  readonly time: number;
  readonly accountId: string;
  readonly region: string;
  readonly json: string;
  /** `AROA…` of the role whose session it is; null for other principals. */
  readonly roleId: string | null;
}

interface Parts {
  readonly head: string;
  readonly middle: string;
  readonly tail: string;
}

/** What is the same each time a call is made; tens of thousands of records are made of a few hundred of these. */
const parts = new WeakMap<Call, Parts>();

const tls = { tlsVersion: "TLSv1.3", cipherSuite: "TLS_AES_128_GCM_SHA256" };

function partsOf(call: Call): Parts {
  const known = parts.get(call);
  if (known !== undefined) return known;
  const failure =
    call.failure === null ? {} : { errorCode: call.failure.code, errorMessage: call.failure.message };
  const made: Parts = {
    head: inner({ eventSource: call.source, eventName: call.name, awsRegion: call.region }),
    middle: inner({
      ...failure,
      requestParameters: call.request,
      responseElements: call.failure === null ? call.response : null,
      ...(call.source === "s3.amazonaws.com"
        ? { additionalEventData: { SignatureVersion: "SigV4", AuthenticationMethod: "AuthHeader" } }
        : {}),
    }),
    tail: inner({
      readOnly: call.readOnly,
      ...(call.resources === null ? {} : { resources: call.resources }),
      eventType: "AwsApiCall",
      ...(call.apiVersion === null ? {} : { apiVersion: call.apiVersion }),
      managementEvent: true,
      recipientAccountId: call.accountId,
      eventCategory: "Management",
      tlsDetails: { ...tls, clientProvidedHostHeader: call.host },
    }),
  };
  parts.set(call, made);
  return made;
}

function inner(value: object): string {
  return JSON.stringify(value).slice(1, -1);
}

/** The record of one call in one session, with CloudTrail's fields in CloudTrail's order. */
export function record(call: Call, session: Session, time: number, ids: Random): LoggedEvent {
  const { head, middle, tail } = partsOf(call);
  const service = call.source.slice(0, call.source.indexOf("."));
  const client = inner({
    sourceIPAddress: session.sourceIPAddress,
    userAgent: session.userAgent(service),
  });
  const requestID = call.source === "s3.amazonaws.com" ? ids.token(16) : ids.uuid();
  const json =
    `{"eventVersion":"1.11","userIdentity":${session.identity},"eventTime":"${isoSecond(time)}",${head},${client},` +
    `${middle},"requestID":"${requestID}","eventID":"${ids.uuid()}",${tail}}`;
  return { time, accountId: call.accountId, region: call.region, json, roleId: session.roleId };
}

/** Adds fields to the end of a record, such as `sharedEventID`. */
export function withFields(event: LoggedEvent, fields: Readonly<Record<string, unknown>>): LoggedEvent {
  return { ...event, json: `${event.json.slice(0, -1)},${inner(fields)}}` };
}
