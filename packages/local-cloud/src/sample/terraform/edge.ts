import { type Call, calls, type Place, type TerraformResource } from "../call.ts";

export function distribution(place: Place, id: string): TerraformResource {
  const cloudfront = calls(place, "cloudfront");
  const target = `arn:aws:cloudfront::${place.accountId}:distribution/${id}`;
  const apiVersion = "2020_05_31";
  const refresh = [
    cloudfront.read("GetDistribution", { id }, target, { apiVersion }),
    cloudfront.read("ListTagsForResource", { resource: target }, target, { apiVersion }),
  ];
  return {
    address: "aws_cloudfront_distribution.site",
    refresh,
    create: refresh,
    update: [
      cloudfront.write(
        "CreateInvalidation",
        {
          distributionId: id,
          invalidationBatch: { callerReference: place.application, paths: { quantity: 1, items: ["/*"] } },
        },
        target,
        { apiVersion, response: { invalidation: { id: `I${id.slice(1)}`, status: "InProgress" } } },
      ),
      cloudfront.read("GetInvalidation", { id: `I${id.slice(1)}`, distributionId: id }, target, {
        apiVersion,
      }),
    ],
    destroy: [],
  };
}

/** A REST API with one deployment and stage. IAM knows HTTP verbs on paths here, not the calls' names. */
export function restApi(place: Place, id: string, deploymentId: string): TerraformResource {
  const apigateway = calls(place, "apigateway");
  const root = `arn:aws:apigateway:${place.region}::/restapis/${id}`;
  const call = (
    name: string,
    verb: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    request: Readonly<Record<string, unknown>>,
  ): Call =>
    apigateway[verb === "GET" ? "read" : "write"](
      name,
      { restApiId: id, ...request, template: false },
      root + path,
      { action: `apigateway:${verb}` },
    );
  const stageName = "live";
  const refresh = [
    call("GetRestApi", "GET", "", {}),
    call("GetResources", "GET", "/resources", {}),
    call("GetDeployment", "GET", `/deployments/${deploymentId}`, { deploymentId }),
    call("GetStage", "GET", `/stages/${stageName}`, { stageName }),
  ];
  return {
    address: "aws_api_gateway_rest_api.api",
    refresh,
    create: refresh,
    update: [
      call("CreateDeployment", "POST", "/deployments", {
        createDeploymentInput: { description: "terraform" },
      }),
      call("UpdateStage", "PATCH", `/stages/${stageName}`, {
        stageName,
        updateStageInput: {
          patchOperations: [{ op: "replace", path: "/deploymentId", value: deploymentId }],
        },
      }),
      ...refresh,
    ],
    destroy: [],
  };
}
