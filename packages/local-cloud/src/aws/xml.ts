import { randomUUID } from "node:crypto";
import type { AwsResponse } from "./http.ts";

/** What can be written as XML: null and undefined leave the element out, an array repeats it. */
export type XmlValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export function escapeXml(text: string): string {
  return text
    .replace(forbidden, "\uFFFD")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/\r/g, "&#13;");
}

/** The value inside elements called `name`. */
export function xml(name: string, value: XmlValue): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map((item: XmlValue) => xml(name, item)).join("");
  if (typeof value === "object") {
    const inner = Object.entries(value).map(([child, of]) => xml(child, of));
    return `<${name}>${inner.join("")}</${name}>`;
  }
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** A list as the Query protocol writes it. */
export const members = (items: readonly XmlValue[]): XmlValue => ({ member: items });

const xmlHeaders = { "content-type": "text/xml; charset=utf-8" };

/** A successful answer of a Query service (STS, IAM). */
export function queryAnswer(namespace: string, action: string, result: XmlValue): AwsResponse {
  const metadata = xml("ResponseMetadata", { RequestId: randomUUID() });
  return {
    status: 200,
    headers: xmlHeaders,
    body: `<${action}Response xmlns="${namespace}">${xml(`${action}Result`, result)}${metadata}</${action}Response>`,
  };
}

/** An error of a Query service. */
export function queryError(namespace: string, status: number, code: string, message: string): AwsResponse {
  const error = xml("Error", { Type: status >= 500 ? "Receiver" : "Sender", Code: code, Message: message });
  return {
    status,
    headers: xmlHeaders,
    body: `<ErrorResponse xmlns="${namespace}">${error}${xml("RequestId", randomUUID())}</ErrorResponse>`,
  };
}
