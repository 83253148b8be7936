import { html as template } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** Markup of ours: every text that went into it is escaped. */
export type Html = HtmlEscapedString;

/** What may stand in a template. Texts are escaped; null, undefined and booleans leave nothing. */
export type Child = Html | string | number | boolean | null | undefined | readonly Child[];

/** Makes markup: texts are escaped wherever they stand, so attributes are always written in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Child[]): Html {
  // Only a promise among the values makes hono's template one, and Child has none.
  return template(strings, ...values) as Html;
}
