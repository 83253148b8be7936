/** How much of a kind of resource a pattern takes in. */
export type Scope = "any" | "many" | "named";

/**
 * A pattern that begins with a wildcard takes any; one that has a wildcard after the begin of a name, many. What AWS
 * itself adds to a name is none: the objects of a bucket, the streams of a log group, the six characters of a secret.
 */
export function scopeOf(resource: string): Scope {
  const parts = resource.split(":");
  if (parts.length < 6) return /[*?]/.test(resource) ? "any" : "named";
  const whole = parts.slice(5).join(":");
  const own = nameOf(parts[2] ?? "", whole);
  if (/^[*?]/.test(own) || own === "") return "any";
  return /[*?]/.test(own) ? "many" : "named";
}

function nameOf(service: string, whole: string): string {
  if (service === "s3") return whole.replace(/\/.*$/s, "");
  const name = /^[A-Za-z][A-Za-z0-9-]*[:/](.*)$/s.exec(whole)?.[1] ?? whole;
  if (service === "logs") return name.replace(/:(\*|log-stream:.*)$/s, "");
  if (service === "secretsmanager") return name.replace(/-\?{6}$/, "");
  return name;
}

/** The widest of some. */
export function widest(scopes: readonly Scope[]): Scope {
  if (scopes.includes("any")) return "any";
  return scopes.includes("many") ? "many" : "named";
}
