import { defineConfig } from "@plp/runtime";

/** The settings of this organization; the editor shows what each option means. Everything not named has its default. */
export default defineConfig({
  trail: {
    arn: "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization",
    bucket: "example-organization-trail",
    organization_id: "o-a1b2c3d4e5",
  },
  roles: { reader: "plp/reader", analyzer_service_role: "plp/analyzer", deployment_path: "/ci/" },
  members: {
    units: ["r-ab12"],
    apply_roles: ["arn:aws:iam::999988887777:role/gitlab-apply"],
    plan_roles: ["arn:aws:iam::999988887777:role/gitlab-plan"],
  },
  repositories: [{ url: "https://gitlab.example.com", project: "platform/iam", target_branch: "main" }],
  round: { schedule: "cron(0 4 ? * MON *)", time_zone: "Europe/Berlin" },
  api: {
    issuer: "https://login.example.com/",
    jwks_url: "https://login.example.com/.well-known/jwks.json",
    audience: "plp",
    groups: ["security-engineers", "platform-team"],
    acting_groups: ["platform-team"],
    login: {
      client_id: "plp-page",
      authorize_url: "https://login.example.com/authorize",
      token_url: "https://login.example.com/oauth/token",
    },
  },
  assign: ["security-engineer"],
  labels: ["least-privilege"],
  operators: ["platform@example.com"],
  never_analyse: ["arn:aws:iam::*:role/plp/*"],
});
