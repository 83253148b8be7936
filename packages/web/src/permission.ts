import { type Child, html } from "./html.ts";
import type { Permission } from "./views.ts";

/** `s3:GetObject` with the service set back. */
export function actionText(action: string): Child {
  const colon = action.indexOf(":");
  return html`<code><span class="service">${action.slice(0, colon + 1)}</span>${action.slice(colon + 1)}</code>`;
}

/** What the resource is called within its account and Region; the whole ARN is in the title. */
export function resourceText(resource: string): Child {
  if (resource === "*") return html`<span class="any">any resource</span>`;
  const [arn, , , , , ...rest] = resource.split(":");
  const short = arn === "arn" && rest.length > 0 ? rest.join(":") : resource;
  return html`<code title="${resource}">${short}</code>`;
}

/** `only to lambda.amazonaws.com`, else the condition's own words; empty where there is none. */
export function conditionText(condition: Permission["condition"]): string {
  return Object.entries(condition ?? {})
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) =>
        key.toLowerCase() === "iam:passedtoservice"
          ? `only to ${values.join(" or ")}`
          : `if ${key} ${operator} ${values.join(" or ")}`,
      ),
    )
    .join(", ");
}

/** Action and, under it, its condition. */
export function permissionText({ action, condition }: Permission): Child {
  const only = conditionText(condition);
  return html`${actionText(action)}${only === "" ? null : html`<small class="condition">${only}</small>`}`;
}

/** A permission that came or goes; the sign is read out as a word. */
export function signedText(sign: "+" | "−", word: string, permission: Permission): Child {
  return html`<span class="sign" aria-hidden="true">${sign}</span><span class="hidden">${word}: </span>${permissionText(permission)}`;
}
