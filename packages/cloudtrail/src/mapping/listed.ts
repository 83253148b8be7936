import type { ActionInfo } from "@plp/iam-policy";
import { findAction } from "@plp/iam-policy/service-reference";
import { remembered } from "./remembered.ts";

const known = remembered((name) => findAction(name) ?? null);

/** The action of AWS's list with that name, whatever its case; a log asks for the same few again and again. */
export function listedAction(name: string): ActionInfo | undefined {
  return known(name) ?? undefined;
}
