import type { ApplicationRow } from "./application-view.ts";
import { growthKey, LIST_PARTS, type ListedKind, listKey, runsKey } from "./keys.ts";
import type { RoleRow, RoleStanding } from "./role-view.ts";
import type { RunRow } from "./run-view.ts";
import { type IndexTable, itemsOf } from "./table.ts";

/** Every role that the index knows, by application, environment and ARN. */
export async function roleRows(index: IndexTable): Promise<readonly RoleRow[]> {
  const rows = await listOf<RoleRow>(index, "role");
  const keyOf = (row: RoleRow) =>
    JSON.stringify([row.application, row.environment, row.roleArn, row.uniqueId]);
  return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Every application that the index knows, by name. */
export async function applicationRows(index: IndexTable): Promise<readonly ApplicationRow[]> {
  const rows = await listOf<ApplicationRow>(index, "application");
  return rows.sort((a, b) => (a.name === b.name ? (a.folder < b.folder ? -1 : 1) : a.name < b.name ? -1 : 1));
}

/** The runs that were requested on these days (`YYYY-MM-DD`). */
export async function runRows(index: IndexTable, days: readonly string[]): Promise<readonly RunRow[]> {
  const lists = await Promise.all(days.map((day) => partition<RunRow>(index, runsKey(day))));
  return lists.flat();
}

/** How the number of permissions of every role went, role by role. */
export async function growthRows(index: IndexTable): Promise<readonly RoleStanding["growth"][]> {
  const keys = [...new Set(partsOf("role").map(growthKey))];
  return (await Promise.all(keys.map((pk) => partition<RoleStanding["growth"]>(index, pk)))).flat();
}

async function listOf<Row>(index: IndexTable, kind: ListedKind): Promise<Row[]> {
  return (await Promise.all(partsOf(kind).map((pk) => partition<Row>(index, pk)))).flat();
}

function partsOf(kind: ListedKind): readonly string[] {
  return Array.from({ length: LIST_PARTS }, (_, part) => listKey(kind, part));
}

async function partition<Row>(index: IndexTable, pk: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { x } of itemsOf(index, pk)) rows.push(JSON.parse(x) as Row);
  return rows;
}
