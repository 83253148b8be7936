import { raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { Marked } from "marked";
import sanitize from "sanitize-html";

/** GitLab's flavour: tables, task lists, line breaks as they are typed. HTML passes here and is sanitised after. */
const marked = new Marked({ gfm: true, breaks: true, async: false });

/** Headings of a text stand below the page's own, which end at the second level. */
const lower = (level: number) => `h${Math.max(3, level)}`;

/**
 * What may stand in a rendered text, whoever wrote it: structure and emphasis, `<details>`, links to http(s), disabled
 * task boxes. No image, no form, no style, no script, no address of ours, no attribute that is not named here.
 */
const harmless: sanitize.IOptions = {
  allowedTags: [
    ...["h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li"],
    ...["table", "thead", "tbody", "tr", "th", "td", "pre", "code", "a", "input", "details", "summary"],
    ...["strong", "em", "b", "i", "del", "s", "sub", "sup", "kbd"],
  ],
  allowedAttributes: {
    a: ["href", "rel"],
    th: ["align"],
    td: ["align"],
    ol: ["start"],
    input: ["type", "checked", "disabled"],
  },
  allowedSchemes: ["http", "https"],
  allowProtocolRelative: false,
  disallowedTagsMode: "escape",
  transformTags: {
    ...Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((level) => [`h${level}`, () => ({ tagName: lower(level), attribs: {} })]),
    ),
    a: (_name, { href = "" }) => ({
      tagName: "a",
      attribs: /^https?:\/\//i.test(href) ? { href, rel: "noopener noreferrer nofollow" } : {},
    }),
    th: (tagName, { align = "" }) => ({ tagName, attribs: aligned(align) }),
    td: (tagName, { align = "" }) => ({ tagName, attribs: aligned(align) }),
    ol: (tagName, { start = "" }) => ({ tagName, attribs: /^\d{1,9}$/.test(start) ? { start } : {} }),
    input: (tagName, { checked }) => ({
      tagName,
      attribs: { type: "checkbox", disabled: "", ...(checked === undefined ? {} : { checked: "" }) },
    }),
  },
};

function aligned(align: string): Record<string, string> {
  return ["left", "right", "center"].includes(align) ? { align } : {};
}

/** A text in GitLab's Markdown as HTML that can do nothing. */
export function renderMarkdown(source: string): HtmlEscapedString {
  return raw(sanitize(marked.parse(source) as string, harmless));
}
