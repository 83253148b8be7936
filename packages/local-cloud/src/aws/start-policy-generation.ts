import { messageOf } from "@plp/runtime";
import * as z from "zod";
import type { AwsResponse } from "./http.ts";
import { denied, invalid } from "./rest-errors.ts";
import type { Caller } from "./signature.ts";

// Shapes, patterns and required members: the service's model of 2019-11-01.
const instant = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)), {
    message: "Not an ISO 8601 time",
  });

const schema = z.object({
  policyGenerationDetails: z.object({
    principalArn: z.string().regex(/^arn:[^:]*:iam::[^:]*:(role|user)\/.{1,576}$/),
  }),
  cloudTrailDetails: z
    .object({
      trails: z
        .array(
          z.object({
            cloudTrailArn: z.string().regex(/^arn:[^:]*:cloudtrail:[^:]*:[^:]*:trail\/.{1,576}$/),
            regions: z.array(z.string()).optional(),
            allRegions: z.boolean().optional(),
          }),
        )
        .min(1),
      accessRole: z.string().regex(/^arn:[^:]*:iam::[^:]*:role\/.{1,576}$/),
      startTime: instant,
      endTime: instant.optional(),
    })
    .optional(),
  clientToken: z.string().optional(),
});

export interface StartRequest {
  readonly principalArn: string;
  readonly trails: { cloudTrailArn: string; regions?: string[]; allRegions?: boolean }[];
  readonly startTime: string;
  readonly endTime: string;
  readonly clientToken: string | null;
  /** What the token must bring again. */
  readonly canonical: string;
}

export type ValidatedStart =
  | { readonly kind: "valid"; readonly request: StartRequest }
  | { readonly kind: "refused"; readonly response: AwsResponse };

const refused = (response: AwsResponse): ValidatedStart => ({ kind: "refused", response });
const accountOf = (arn: string) => arn.split(":")[4];
const maxRange = 90 * 86_400_000;

function parse(body: Buffer): z.infer<typeof schema> | AwsResponse {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (error) {
    return invalid("cannotParse", `The request body is not JSON: ${messageOf(error)}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => ({ name: path.join("."), message }));
  return invalid("fieldValidationFailed", "Invalid parameters in the request.", fields);
}

/** Checks a StartPolicyGeneration: shape, the account of principal and service role, and the time range. */
export function validateStart(body: Buffer, caller: Caller, now: Date): ValidatedStart {
  const parsed = parse(body);
  if ("status" in parsed) return refused(parsed);
  const { policyGenerationDetails, cloudTrailDetails, clientToken } = parsed;
  const { principalArn } = policyGenerationDetails;
  const wrong = (name: string, message: string) =>
    refused(invalid("fieldValidationFailed", `${name}: ${message}`, [{ name, message }]));
  if (accountOf(principalArn) !== caller.accountId) {
    return wrong("policyGenerationDetails.principalArn", "The principal must be in the caller's account.");
  }
  if (cloudTrailDetails === undefined) return wrong("cloudTrailDetails", "A trail is required.");
  const { accessRole, trails, startTime } = cloudTrailDetails;
  const endTime = cloudTrailDetails.endTime ?? now.toISOString();
  if (accountOf(accessRole) !== caller.accountId) {
    return refused(
      denied(`${caller.arn} is not authorized to perform: iam:PassRole on resource: ${accessRole}`),
    );
  }
  const range = Date.parse(endTime) - Date.parse(startTime);
  if (range <= 0) return wrong("cloudTrailDetails.startTime", "The start must be before the end.");
  if (range > maxRange) return wrong("cloudTrailDetails.startTime", "The range must not exceed 90 days.");
  if (Date.parse(endTime) > now.getTime() + 300_000) {
    return wrong("cloudTrailDetails.endTime", "The end must not be in the future.");
  }
  return {
    kind: "valid",
    request: {
      principalArn,
      trails: trails.map(({ cloudTrailArn, regions, allRegions }) => ({
        cloudTrailArn,
        ...(regions === undefined ? {} : { regions }),
        ...(allRegions === undefined ? {} : { allRegions }),
      })),
      startTime,
      endTime,
      clientToken: clientToken ?? null,
      canonical: JSON.stringify({
        principalArn,
        trails,
        accessRole,
        startTime,
        end: cloudTrailDetails.endTime,
      }),
    },
  };
}
