import type { RoleEvent, RoleId } from "@plp/domain";
import { roleStream } from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import type { IndexPorts } from "./index-stream.ts";
import { type NamedRole, roleRows, rolesOfArn } from "./lists.ts";
import { matchRole, roleIdOf } from "./match-role.ts";
import type { IndexTable } from "./table.ts";

export interface RoleHistory {
  readonly role: RoleId;
  /** The whole stream. */
  readonly events: readonly RecordedEvent<RoleEvent>[];
}

/** The history that ROLE means; of a role that was made again, the newest. The faults of matchRole. */
export async function findRole(wanted: string, { store, index }: IndexPorts): Promise<RoleHistory> {
  const rows = await rolesMeant(wanted, index);
  const [first, ...others] = await Promise.all(
    rows.map(async (row): Promise<RoleHistory> => {
      const role = roleIdOf(row);
      return { role, events: (await store.load<RoleEvent>(roleStream(role))).events };
    }),
  );
  if (first === undefined) throw new Error("matchRole answers with a role or throws");
  return others.reduce((newest, other) => (began(other) > began(newest) ? other : newest), first);
}

/**
 * The roles that ROLE means, as matchRole tells. A whole ARN, with or without the unique id, is looked up; only for a part of
 * one the list of all roles is read.
 */
export async function rolesMeant(wanted: string, index: IndexTable): Promise<readonly NamedRole[]> {
  if (!wanted.startsWith("arn:")) return matchRole(await roleRows(index), wanted);
  const arn = wanted.includes("#") ? wanted.slice(0, wanted.lastIndexOf("#")) : wanted;
  const exact = (await rolesOfArn(index, arn)).filter(
    ({ roleArn, uniqueId }) => roleArn === wanted || `${roleArn}#${uniqueId}` === wanted,
  );
  return exact.length > 0 ? exact : matchRole(await roleRows(index), wanted);
}

function began({ events }: RoleHistory): string {
  return events[0]?.recordedAt ?? "";
}
