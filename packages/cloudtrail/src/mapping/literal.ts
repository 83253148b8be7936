/** CloudTrail writes this in place of what it must not show. */
const hidden = /^(\*+|-|\.+|HIDDEN_DUE_TO_SECURITY_REASONS|REDACTED|null|undefined)$/i;
const longest = 1_024;

/** Control characters: what is neither printable ASCII nor beyond it. */
const control = /[^ -~\u0080-\uffff]/;
/** Nearly every value has none of these, and is itself. */
const special = /[*$]|[^ -~\u0080-\uffff]/;

/**
 * A value of a record as it may stand in a resource: who named the thing must not be able to write a pattern, so
 * `*` and the `$` of a policy variable become `?`, which matches the one character that stood there. Null for
 * what no ARN holds: empty, hidden, over-long, or with control characters.
 */
export function literal(value: string | null): string | null {
  if (value === null || value === "" || value.length > longest || hidden.test(value)) {
    return null;
  }
  if (!special.test(value)) {
    return value;
  }
  return control.test(value) ? null : value.replaceAll("*", "?").replace(/\$(?=\{)/g, "?");
}
