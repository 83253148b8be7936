import { findAction } from "@plp/iam-policy";
import { actionLevelServices } from "./supported-services.ts";

type ActionsOrResources = string | readonly string[];

interface GeneratedStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: ActionsOrResources;
  readonly Resource: ActionsOrResources;
}

export interface GenerationResult {
  /** Documents as Access Analyzer returns them: JSON in a string. Empty without any supported activity. */
  readonly policies: readonly string[];
  /** False when a service was used whose actions are not named. */
  readonly isComplete: boolean;
}

export interface GenerationFlags {
  readonly resourcePlaceholders: boolean;
  readonly serviceLevelTemplate: boolean;
}

/** A managed policy holds so many characters, whitespace not counted. */
const maxSize = 6144;
const envelope = '{"Version":"2012-10-17","Statement":[]}'.length;

const single = (items: readonly string[]): ActionsOrResources => (items.length === 1 && items[0]) || items;

/** More alternatives than that, such as the hundred things that can be tagged, and the template is `*`. */
const maxAlternatives = 6;

/** The ARN templates that an action asks for: all that it needs, else the few that it may have; `*` for none. */
function templatesOf(action: string, partition: string): readonly string[] {
  const types = findAction(action)?.resourceTypes ?? [];
  const needed = types.filter((type) => type.required);
  const chosen = needed.length > 0 ? needed : types.length > maxAlternatives ? [] : types;
  const formats = chosen.flatMap((type) => type.arnFormats);
  if (formats.length === 0) return ["*"];
  return [...new Set(formats.map((arn) => arn.replaceAll(`$${"{Partition}"}`, partition)))];
}

function statement(sid: string, actions: readonly string[], resource: string): GeneratedStatement {
  return { Sid: sid, Effect: "Allow", Action: single(actions), Resource: resource };
}

/** Long lists of actions are cut so that a statement always fits into a policy. */
function chunks(actions: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  let size = 0;
  for (const action of actions) {
    size += action.length + 3;
    if (size > maxSize - 1000) {
      parts.push([]);
      size = action.length + 3;
    }
    parts.at(-1)?.push(action);
  }
  return parts.filter((part) => part.length > 0);
}

function split(statements: readonly GeneratedStatement[]): readonly string[] {
  const policies: GeneratedStatement[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const next of statements) {
    const length = JSON.stringify(next).replace(/\s/g, "").length + 1;
    if (size + length > maxSize) {
      policies.push([]);
      size = envelope;
    }
    policies.at(-1)?.push(next);
    size += length;
  }
  return policies.map((Statement) => JSON.stringify({ Version: "2012-10-17", Statement }));
}

/**
 * The policies that Access Analyzer makes of the actions a role called or tried, in the shape of its real answers: Sids
 * by position, first everything without a resource on `*`, then one statement for each ARN template with an action
 * repeated under all that it needs; a string where there is one, partition filled in, other placeholders left. The
 * shape of a service-level statement is documented nowhere: here its Sid and `service:*` are recognizably not actions.
 */
export function generatedPolicy(
  used: readonly string[],
  partition: string,
  flags: GenerationFlags,
): GenerationResult {
  const prefix = (action: string) => action.slice(0, action.indexOf(":"));
  const named = used.filter((action) => actionLevelServices.has(prefix(action)));
  const unnamed = [
    ...new Set(used.map(prefix).filter((service) => !actionLevelServices.has(service))),
  ].sort();
  const groups = new Map<string, Set<string>>();
  for (const action of named) {
    for (const template of flags.resourcePlaceholders ? templatesOf(action, partition) : ["*"]) {
      groups.set(template, (groups.get(template) ?? new Set()).add(action));
    }
  }
  const ordered = [...groups].sort(([a], [b]) => Number(b === "*") - Number(a === "*") || (a < b ? -1 : 1));
  const statements: GeneratedStatement[] = [];
  for (const [template, actions] of ordered) {
    for (const part of chunks([...actions].sort())) {
      statements.push(statement(`SupportedServiceSid${statements.length}`, part, template));
    }
  }
  if (flags.serviceLevelTemplate && unnamed.length > 0) {
    const all = unnamed.map((service) => `${service}:*`);
    statements.push(statement("UnsupportedServiceSid0", all, "*"));
  }
  return { policies: split(statements), isComplete: unnamed.length === 0 };
}
