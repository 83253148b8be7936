import { type ApplicationRow, emptyApplicationRow } from "./application-view.ts";
import { NO_FORMAT } from "./format.ts";
import { growthKey, LIST_PARTS, type ListedKind, listed, listKey, namedKey, runsKey } from "./keys.ts";
import { emptyRoleView, type RoleRow, type RoleStanding } from "./role-view.ts";
import type { RunRow } from "./run-view.ts";
import { type IndexItem, type IndexTable, itemsOf } from "./table.ts";

/** A role as the list of an ARN names it. */
export type NamedRole = Pick<RoleRow, "stream" | "roleArn" | "uniqueId">;

/** The roles that have, or had, exactly this ARN; also none where the index is of a form that cannot tell. */
export async function rolesOfArn(index: IndexTable, arn: string): Promise<readonly NamedRole[]> {
  return (await partition<NamedRole>(index, namedKey(arn))).filter(({ roleArn }) => roleArn === arn);
}

/** What the list says of a role; null where it is not there. */
export async function roleRow(index: IndexTable, stream: string): Promise<RoleRow | null> {
  return rowAt<RoleRow>(index, "role", stream);
}

/** What the list says of an application; null where it is not there. */
export async function applicationRow(index: IndexTable, stream: string): Promise<ApplicationRow | null> {
  return rowAt<ApplicationRow>(index, "application", stream);
}

/** A row as this PLP takes it: of what one of another form does not say, it says nothing. */
function rowOf<Row extends RoleRow | ApplicationRow>({ x }: IndexItem): Row {
  const row = JSON.parse(x) as Partial<Row> & Pick<Row, "stream">;
  const empty = emptyRoleView(row.stream)?.row ?? emptyApplicationRow(row.stream);
  return { ...empty, format: NO_FORMAT, ...row } as Row;
}

async function rowAt<Row extends RoleRow | ApplicationRow>(
  index: IndexTable,
  kind: ListedKind,
  stream: string,
): Promise<Row | null> {
  const { pk, sk } = listed(kind, stream);
  const item = await index.get(pk, sk);
  return item === null ? null : rowOf<Row>(item);
}

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
export type RunReader = (days: readonly string[]) => Promise<readonly RunRow[]>;

/** A reader for one answer: a day that it is asked for again is not read again. */
export function runReader(index: IndexTable): RunReader {
  const known = new Map<string, Promise<readonly RunRow[]>>();
  const runsOn = (day: string) => {
    const rows = known.get(day) ?? partition<RunRow>(index, runsKey(day));
    known.set(day, rows);
    return rows;
  };
  return async (days) => (await Promise.all(days.map(runsOn))).flat();
}

/** How the number of permissions of every role went, role by role. */
export async function growthRows(index: IndexTable): Promise<readonly RoleStanding["growth"][]> {
  const keys = [...new Set(partsOf("role").map(growthKey))];
  return (await Promise.all(keys.map((pk) => partition<RoleStanding["growth"]>(index, pk)))).flat();
}

async function listOf<Row extends RoleRow | ApplicationRow>(
  index: IndexTable,
  kind: ListedKind,
): Promise<Row[]> {
  return (await Promise.all(partsOf(kind).map((pk) => partition<Row>(index, pk, rowOf<Row>)))).flat();
}

function partsOf(kind: ListedKind): readonly string[] {
  return Array.from({ length: LIST_PARTS }, (_, part) => listKey(kind, part));
}

async function partition<Row>(
  index: IndexTable,
  pk: string,
  read: (item: IndexItem) => Row = ({ x }) => JSON.parse(x) as Row,
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const item of itemsOf(index, pk)) rows.push(read(item));
  return rows;
}
