/** CloudWatch's namespace of what the functions measure: one per stage, so that stages of one account do not mix. */
export function metricsNamespace(): string {
  return `${$app.name}-${$app.stage}`;
}
