import type { IndexPorts } from "@plp/audit";
import type { Log } from "@plp/runtime";

export interface HistoryPorts extends IndexPorts {
  readonly log: Log;
}
