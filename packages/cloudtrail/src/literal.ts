/** CloudTrail writes this in place of what it must not show. */
const hidden = /^(\*+|-|\.+|HIDDEN_DUE_TO_SECURITY_REASONS|REDACTED|null|undefined)$/i;
const longest = 1_024;

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) {
      return true;
    }
  }
  return false;
}

/**
 * A value of a record as it may stand in a resource: who named the thing must not be able to write a pattern, so
 * `*` and the `$` of a policy variable become `?`, which matches the one character that stood there. Null for
 * what no ARN holds: empty, hidden, over-long, or with control characters.
 */
export function literal(value: string | null): string | null {
  if (value === null || value === "" || value.length > longest || hidden.test(value) || hasControl(value)) {
    return null;
  }
  return value.replaceAll("*", "?").replace(/\$(?=\{)/g, "?");
}
