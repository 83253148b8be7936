import { type Child, type Html, html } from "./html.ts";

/** Query of an address, without what is empty. */
export function query(values: Readonly<Record<string, string | number | null | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === null || value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** The page of a role: its ARN as it is, so that people can read, cut and write the address. */
export function roleAddress(roleArn: string, values: Parameters<typeof query>[0] = {}): string {
  const path = roleArn.split("/").map(encodeURIComponent).join("/").replaceAll("%3A", ":");
  return `/roles/${path}${query(values)}`;
}

export function auditAddress(values: Parameters<typeof query>[0]): string {
  return `/audit${query(values)}`;
}

/** The role's own name, the last part of its ARN. */
export function roleName(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf("/") + 1);
}

export function roleLink(roleArn: string, values: Parameters<typeof query>[0] = {}): Html {
  return html`<a href="${roleAddress(roleArn, values)}" title="${roleArn}">${roleName(roleArn)}</a>`;
}

/** A link to another system; a text where the address is none of the web. */
export function foreignLink(url: string, text: Child): Child {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return text;
  return html`<a href="${url}" rel="noopener noreferrer">${text}</a>`;
}

export function requestLink(request: { readonly iid: number; readonly url: string } | null): Child {
  return request === null ? null : foreignLink(request.url, `!${request.iid}`);
}
