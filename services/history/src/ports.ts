import type { CheckpointPorts, IndexPorts } from "@plp/audit";
import type { Log } from "@plp/runtime";

export interface HistoryPorts extends IndexPorts, Pick<CheckpointPorts, "checkpoints"> {
  readonly log: Log;
}
