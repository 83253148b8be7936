/**
 * API Gateway checks its HTTP verbs on paths. Noun of the event name → path; `{x}` is request parameter x, and a
 * call that creates addresses the collection, without the last `{x}`. Sources: the resource paths of the REST API
 * references of API Gateway V1 and V2.
 */
export const pathsV1: Readonly<Record<string, string>> = {
  Account: "/account",
  ApiKey: "/apikeys/{apiKey}",
  Authorizer: "/restapis/{restApiId}/authorizers/{authorizerId}",
  BasePathMapping: "/domainnames/{domainName}/basepathmappings/{basePath}",
  ClientCertificate: "/clientcertificates/{clientCertificateId}",
  Deployment: "/restapis/{restApiId}/deployments/{deploymentId}",
  DocumentationPart: "/restapis/{restApiId}/documentation/parts/{documentationPartId}",
  DocumentationVersion: "/restapis/{restApiId}/documentation/versions/{documentationVersion}",
  DomainName: "/domainnames/{domainName}",
  Export: "/restapis/{restApiId}/stages/{stageName}/exports/{exportType}",
  GatewayResponse: "/restapis/{restApiId}/gatewayresponses/{responseType}",
  Integration: "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration",
  IntegrationResponse:
    "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/integration/responses/{statusCode}",
  Method: "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}",
  MethodResponse: "/restapis/{restApiId}/resources/{resourceId}/methods/{httpMethod}/responses/{statusCode}",
  Model: "/restapis/{restApiId}/models/{modelName}",
  RequestValidator: "/restapis/{restApiId}/requestvalidators/{requestValidatorId}",
  Resource: "/restapis/{restApiId}/resources/{resourceId}",
  RestApi: "/restapis/{restApiId}",
  Sdk: "/restapis/{restApiId}/stages/{stageName}/sdks/{sdkType}",
  Stage: "/restapis/{restApiId}/stages/{stageName}",
  UsagePlan: "/usageplans/{usagePlanId}",
  UsagePlanKey: "/usageplans/{usagePlanId}/keys/{keyId}",
  VpcLink: "/vpclinks/{vpcLinkId}",
};

export const pathsV2: Readonly<Record<string, string>> = {
  Api: "/apis/{apiId}",
  ApiMapping: "/domainnames/{domainName}/apimappings/{apiMappingId}",
  Authorizer: "/apis/{apiId}/authorizers/{authorizerId}",
  Deployment: "/apis/{apiId}/deployments/{deploymentId}",
  DomainName: "/domainnames/{domainName}",
  Integration: "/apis/{apiId}/integrations/{integrationId}",
  IntegrationResponse:
    "/apis/{apiId}/integrations/{integrationId}/integrationresponses/{integrationResponseId}",
  Model: "/apis/{apiId}/models/{modelId}",
  Route: "/apis/{apiId}/routes/{routeId}",
  RouteResponse: "/apis/{apiId}/routes/{routeId}/routeresponses/{routeResponseId}",
  Stage: "/apis/{apiId}/stages/{stageName}",
  VpcLink: "/vpclinks/{vpcLinkId}",
};

/** The collection of a noun as the event names spell it. */
export const singular: Readonly<Record<string, string>> = {
  Apis: "Api",
  ApiKeys: "ApiKey",
  ApiMappings: "ApiMapping",
  Authorizers: "Authorizer",
  BasePathMappings: "BasePathMapping",
  ClientCertificates: "ClientCertificate",
  Deployments: "Deployment",
  DocumentationParts: "DocumentationPart",
  DocumentationVersions: "DocumentationVersion",
  DomainNames: "DomainName",
  GatewayResponses: "GatewayResponse",
  IntegrationResponses: "IntegrationResponse",
  Integrations: "Integration",
  Models: "Model",
  RequestValidators: "RequestValidator",
  Resources: "Resource",
  RestApis: "RestApi",
  RouteResponses: "RouteResponse",
  Routes: "Route",
  Stages: "Stage",
  UsagePlanKeys: "UsagePlanKey",
  UsagePlans: "UsagePlan",
  VpcLinks: "VpcLink",
};

/** Event names whose verb does not follow from their first word. */
export const oddVerbs: Readonly<Record<string, string>> = {
  ImportApi: "PUT",
  ImportDocumentationParts: "PUT",
  ReimportApi: "PUT",
};

/** First word of the event name → verb. */
export const verbs: Readonly<Record<string, string>> = {
  Create: "POST",
  Delete: "DELETE",
  Export: "GET",
  Flush: "DELETE",
  Generate: "POST",
  Get: "GET",
  Import: "POST",
  Put: "PUT",
  Reset: "DELETE",
  Test: "POST",
  Untag: "DELETE",
  Update: "PATCH",
};
