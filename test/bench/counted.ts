export interface Counted {
  readonly requests: number;
  /** Capacity units of DynamoDB. */
  readonly units: number;
}
