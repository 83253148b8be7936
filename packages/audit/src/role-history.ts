import type { RoleEvent, RoleId } from "@plp/domain";
import { roleStream } from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import type { IndexPorts } from "./index-stream.ts";
import { roleRows } from "./lists.ts";
import { matchRole, roleIdOf } from "./match-role.ts";

export interface RoleHistory {
  readonly role: RoleId;
  /** The whole stream. */
  readonly events: readonly RecordedEvent<RoleEvent>[];
}

/** The history that ROLE means; of a role that was made again, the newest. The faults of matchRole. */
export async function findRole(wanted: string, { store, index }: IndexPorts): Promise<RoleHistory> {
  const rows = matchRole(await roleRows(index), wanted);
  const [first, ...others] = await Promise.all(
    rows.map(async (row): Promise<RoleHistory> => {
      const role = roleIdOf(row);
      return { role, events: (await store.load<RoleEvent>(roleStream(role))).events };
    }),
  );
  if (first === undefined) throw new Error("matchRole answers with a role or throws");
  return others.reduce((newest, other) => (began(other) > began(newest) ? other : newest), first);
}

function began({ events }: RoleHistory): string {
  return events[0]?.recordedAt ?? "";
}
