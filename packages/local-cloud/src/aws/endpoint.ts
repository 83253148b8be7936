import type { AnalyzerOptions } from "./access-analyzer.ts";
import { accessAnalyzer } from "./access-analyzer.ts";
import type { AwsRequest, AwsResponse } from "./http.ts";
import type { IamState } from "./iam/state.ts";
import { iam } from "./iam.ts";
import { iamNamespace, lastAccessed } from "./last-accessed.ts";
import { internal, restError, throttled } from "./rest-errors.ts";
import type { Authentication, Credentials } from "./signature.ts";
import { sts, stsNamespace } from "./sts.ts";
import { queryError } from "./xml.ts";

export type AwsService = "access-analyzer" | "iam" | "sts";

export interface EndpointOptions extends Omit<AnalyzerOptions, "directory"> {
  readonly state: IamState;
  readonly credentials: Credentials;
  readonly readerRole: string;
  /** Of the role with which Terraform writes; in every account as well. */
  readonly managementRole: string;
  /** A transient fault to answer with, for tests of those who call; null for none. */
  readonly fault?: (service: AwsService, action: string) => "throttled" | "internal" | null;
}

const messages = {
  missing: "Request is missing Authentication Token",
  "unknown-key": "The security token included in the request is invalid.",
  expired: "The security token included in the request is expired",
};

/** The two protocols name the same refusal differently. */
function refusal(service: AwsService, kind: Exclude<Authentication["kind"], "caller">): AwsResponse {
  if (service === "access-analyzer") {
    const type = {
      missing: "MissingAuthenticationTokenException",
      "unknown-key": "UnrecognizedClientException",
      expired: "ExpiredTokenException",
    }[kind];
    return restError(403, type, messages[kind]);
  }
  const code = {
    missing: "MissingAuthenticationToken",
    "unknown-key": "InvalidClientTokenId",
    expired: "ExpiredToken",
  }[kind];
  return queryError(service === "iam" ? iamNamespace : stsNamespace, 403, code, messages[kind]);
}

function formOf(request: AwsRequest): URLSearchParams {
  return request.method === "POST" ? new URLSearchParams(request.body.toString("utf8")) : request.query;
}

/** Which service is meant: by the credential scope, else by the shape of the request. */
function serviceOf(request: AwsRequest, form: URLSearchParams): AwsService {
  const scope = /\/(access-analyzer|iam|sts)\/aws4_request/.exec(request.headers.authorization ?? "")?.[1];
  if (scope !== undefined) return scope as AwsService;
  if (!form.has("Action")) return "access-analyzer";
  return form.get("Version") === "2010-05-08" ? "iam" : "sts";
}

/** One address for STS, IAM and Access Analyzer, as `endpoints.json` promises. */
export function awsEndpoint(options: EndpointOptions): (request: AwsRequest) => Promise<AwsResponse> {
  const { directory } = options.state;
  const analyzer = accessAnalyzer({ ...options, directory });
  const assumable = [options.readerRole, options.managementRole];
  const identity = sts({ ...options, directory, assumable });
  const jobs = lastAccessed(options);
  const roles = iam({ ...options, lastAccessed: jobs });
  return async (request) => {
    const form = formOf(request);
    const service = serviceOf(request, form);
    const who = options.credentials.authenticate(request);
    if (who.kind !== "caller") return refusal(service, who.kind);
    const fault = options.fault?.(service, form.get("Action") ?? "") ?? null;
    if (fault !== null && service === "access-analyzer")
      return fault === "throttled" ? throttled(2) : internal(1);
    if (fault !== null) {
      const namespace = service === "iam" ? iamNamespace : stsNamespace;
      return fault === "throttled"
        ? queryError(namespace, 400, "Throttling", "Rate exceeded")
        : queryError(namespace, 500, "ServiceFailure", "An internal error occurred");
    }
    if (service === "sts") return identity(form, who.caller);
    if (service === "iam") return roles(form, who.caller);
    return analyzer(request, who.caller, who.region);
  };
}
