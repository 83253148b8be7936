export {
  actionsOf,
  findAction,
  serviceReferenceDate,
  serviceReferenceVersion,
  services,
} from "./service-reference.ts";
export type * from "./types.ts";
