import { readFile } from "node:fs/promises";

/** Fields of recorded answers that belong to what this GitLab does not have, or that GitLab has since dropped. */
const absent = new Set([
  "owner",
  "runners_token",
  "shared_runners_enabled",
  "container_registry_enabled",
  "resolve_outdated_diff_discussions",
  "public_jobs",
  "ci_config_path",
  "shared_with_groups",
  "approvals_before_merge",
  "group_saml_identity",
  "email",
  "deleted_at",
  // Was recorded as a boolean and as "0".
  "force_remove_source_branch",
  // Depend on what happened, not on the kind of event.
  "changes",
  "oldrev",
  "source_pipeline",
]);

function kind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

/** Where an answer of ours lacks a recorded field or gives it another type; null fits everything. */
function differences(recorded: unknown, ours: unknown, path = ""): string[] {
  if (kind(recorded) === "null" || kind(ours) === "null") return [];
  if (kind(recorded) !== kind(ours)) return [`${path}: ${kind(recorded)} recorded, ${kind(ours)} here`];
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    return recorded.length === 0 || ours.length === 0 ? [] : differences(recorded[0], ours[0], `${path}[]`);
  }
  if (kind(recorded) !== "object") return [];
  const here = ours as Record<string, unknown>;
  return Object.entries(recorded as object).flatMap(([key, value]) => {
    if (absent.has(key) || path.endsWith("_links")) return [];
    // Authors of notes carried it until GitLab 9.
    if (path.endsWith(".author") && key === "created_at") return [];
    if (!(key in here)) return [`${path}.${key}: missing`];
    return differences(value, here[key], `${path}.${key}`);
  });
}

/** Where a value of ours lacks a field of what was recorded from a real GitLab, or gives it another type. */
export async function differencesFrom(file: string | undefined, ours: unknown): Promise<string[]> {
  const recorded: unknown = JSON.parse(await readFile(file ?? "nowhere", "utf8"));
  return differences(recorded, ours).map((difference) => `${file}${difference}`);
}
