export { type GeneratedOptions, makeGeneratedOrganization } from "./generated-organization.ts";
export { localUsers, type MadeOrganization } from "./organization.ts";
export { makeSampleOrganization, type SampleOptions } from "./sample-organization.ts";
