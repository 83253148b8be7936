/** What the deployment itself needs of the settings (plp.config.ts); the functions get all of them. */
export interface StackSettings {
  readonly round: {
    /** `cron(...)` or `rate(...)` as EventBridge Scheduler reads it. */
    readonly schedule: string;
    /** IANA name, e.g. `Europe/Berlin`. */
    readonly timeZone: string;
  };
  readonly roles: {
    /** ARN of the role that PLP assumes in every account, `*` in place of the account. */
    readonly reader: string;
  };
}
