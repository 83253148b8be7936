export {
  type LogsOptions,
  type OrganizationFromLogs,
  organizationFromLogs,
  type RoleInLogs,
} from "./organization-from-logs.ts";
export { organizationFromRepository, type RepositoryOptions } from "./organization-from-repository.ts";
