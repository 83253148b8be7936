/**
 * AWS's list prices in US dollars, eu-central-1, as of November 2026, without free tiers; look them up before you decide by
 * them. Access Analyzer's policy generation and IAM's last-accessed cost nothing.
 */
export const prices = {
  /** A million. */
  dynamoWriteUnits: 0.7625,
  dynamoReadUnits: 0.1525,
  lambdaRequests: 0.2,
  sqsRequests: 0.4,
  s3Gets: 0.43,
  s3PutsAndLists: 5.4,
  kmsRequests: 3,
  /** A GB-second, arm64. */
  lambdaGbSecond: 0.000_013_333_4,
  /** A GB. */
  logsGb: 0.63,
  dynamoGbMonth: 0.306,
  /** A month. */
  alarm: 0.1,
  metric: 0.3,
  key: 1,
  dashboard: 3,
} as const;

export const perMillion = (count: number, price: number): number => (count * price) / 1e6;
