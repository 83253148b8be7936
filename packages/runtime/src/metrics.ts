import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** What is measured, with CloudWatch's unit. Alarms go by these names. */
export const metricUnits = {
  /** Runs that the tick ended because their time was up. */
  RunsPastDeadline: "Count",
  /** Hours since the last round of a folder began whose runs have all ended. */
  HoursSinceFinishedRound: "None",
  /** Times that a run found no start left in its lane. */
  LaneWithoutQuota: "Count",
  /** Days until the GitLab token ends. */
  TokenDaysLeft: "None",
  /** Changes of a request that no hook told of. */
  ChangesWithoutHook: "Count",
  /** Days that the oldest open request of a folder has waited for a person. */
  RequestWaitingDays: "None",
} as const;

export type MetricName = keyof typeof metricUnits;

/** Numbers for alarms and dashboards; never a name of a role, person or account, so that their count stays bounded. */
export interface Metrics {
  put(name: MetricName, value: number): void;
}

/**
 * Metrics for CloudWatch: one line of its embedded metric format per number (`_aws.CloudWatchMetrics`), which Lambda's
 * log turns into a metric without a call. `write` gets the line; it must reach standard output unchanged.
 */
export function embeddedMetrics(
  write: (line: string) => void,
  { namespace, clock }: { readonly namespace: string; readonly clock: Clock },
): Metrics {
  return {
    put(name, value) {
      const Metrics = [{ Name: name, Unit: metricUnits[name] }];
      const _aws = {
        Timestamp: clock.now().getTime(),
        CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [[]], Metrics }],
      };
      write(`${JSON.stringify({ _aws, [name]: value })}\n`);
    },
  };
}

/** Metrics as lines of a log, where nobody collects them. */
export function loggedMetrics(log: Log): Metrics {
  return { put: (name, value) => log.info("metric", { metric: name, value }) };
}

/** What a handler measures into: CloudWatch's namespace, where the deployment names one, else the log. */
export function handlerMetrics({
  namespace,
  clock,
  log,
}: {
  readonly namespace: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}): Metrics {
  if (namespace === undefined) return loggedMetrics(log);
  return embeddedMetrics((line) => process.stdout.write(line), { namespace, clock });
}
