import type * as z from "zod";
import { matchesGlob } from "./glob.ts";
import { invalid, problemsOf } from "./problems.ts";
import { settingsSchema } from "./settings-schema.ts";

/** The settings with every default filled in. */
export type Settings = z.output<typeof settingsSchema>;
/** The settings as people write them. */
export type SettingsInput = z.input<typeof settingsSchema>;

/** For plp.config.ts: gives the editor the types and comments of every option, and changes nothing. */
export function defineConfig(settings: SettingsInput): SettingsInput {
  return settings;
}

/**
 * The settings, defaults filled in. Throws the permanent fault "settings-invalid", whose text names every problem:
 * path, what was given, what is expected. Parsing the result again gives the same.
 */
export function parseSettings(input: unknown, source = "plp.config.ts"): Settings {
  const result = settingsSchema.safeParse(input);
  if (result.success) return result.data;
  throw invalid("settings-invalid", source, problemsOf(result.error, input));
}

/** Who answers for this account. */
export function analyzerFor(settings: Settings, accountId: string): "both" | "access-analyzer" | "trail" {
  return settings.analyzer.per_account[accountId] ?? settings.analyzer.default;
}

/** Is this a role that PLP must leave alone: named in `never_analyse`, one of its own, or a service-linked role? */
export function isUntouchable(settings: Settings, roleArn: string): boolean {
  const path = /^arn:[^:]+:iam::\d{12}:role\/(.+)$/.exec(roleArn)?.[1];
  if (path === undefined) return true;
  const own = [settings.roles.reader, settings.roles.analyzer_service_role];
  if (path.startsWith("aws-service-role/") || own.includes(path)) return true;
  return settings.never_analyse.some((pattern) => matchesGlob(pattern, roleArn));
}
