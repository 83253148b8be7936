import { literal } from "./literal.ts";
import { type Fields, textOf } from "./record.ts";
import { oddVerbs, pathsV1, pathsV2, singular, verbs } from "./tables/apigateway.ts";

const firstWord = /^[A-Z][a-z]+/;

function isV2(parameters: Fields | null): boolean {
  return textOf(parameters?.apiId) !== null || textOf(parameters?.resourceArn)?.includes("::/apis/") === true;
}

/** The HTTP verb that API Gateway checks for a call, or null for a call that has none. */
export function verbOf(eventName: string, parameters: Fields | null): string | null {
  if (eventName === "TagResource") {
    return isV2(parameters) ? "POST" : "PUT";
  }
  const odd = Object.hasOwn(oddVerbs, eventName) ? oddVerbs[eventName] : undefined;
  const word = firstWord.exec(eventName)?.[0] ?? "";
  return odd ?? (Object.hasOwn(verbs, word) ? verbs[word] : undefined) ?? null;
}

function fill(template: string, parameters: Fields): string | null {
  let complete = true;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = literal(textOf(parameters[name]));
    complete &&= value !== null;
    return value ?? "";
  });
  return complete ? path : null;
}

/** The path a call addresses (`/restapis/a1b2/stages/prod`), or null where the record does not tell it. */
export function pathOf(eventName: string, parameters: Fields | null): string | null {
  const word = firstWord.exec(eventName)?.[0] ?? "";
  const rest = eventName.slice(word.length);
  const many = Object.hasOwn(singular, rest) ? singular[rest] : undefined;
  const noun = many ?? rest;
  const v2 = isV2(parameters) || noun === "Api";
  const paths = v2 ? pathsV2 : pathsV1;
  const whole = Object.hasOwn(paths, noun) ? paths[noun] : undefined;
  if (whole === undefined) {
    return null;
  }
  const collection = many !== undefined || word === "Create" || word === "Import" || word === "Generate";
  const template = collection ? whole.replace(/\/\{\w+\}$/, "") : whole;
  return fill(template, parameters ?? {});
}
