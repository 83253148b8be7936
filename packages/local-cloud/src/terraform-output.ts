/**
 * What `terraform output -json` prints for these outputs, none of them sensitive: names in order, each with its value
 * and Terraform's notation of its type.
 */
export function terraformOutput(outputs: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(outputs).sort();
  const printed = Object.fromEntries(
    names.map((name) => [name, { sensitive: false, type: typeOf(outputs[name]), value: outputs[name] }]),
  );
  return `${JSON.stringify(printed, null, 2)}\n`;
}

function typeOf(value: unknown): unknown {
  if (Array.isArray(value)) return ["tuple", value.map(typeOf)];
  if (typeof value === "object" && value !== null) {
    return ["object", Object.fromEntries(Object.entries(value).map(([key, it]) => [key, typeOf(it)]))];
  }
  return typeof value === "boolean" ? "bool" : typeof value === "number" ? "number" : "string";
}
