/** What stays of foreign text: letters, marks, digits, punctuation and symbols. The rest would steer the page. */
const STRANGE = /[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu;
/** Letters that look like nothing, and marks piled upon each other. */
const INVISIBLE = /[\u115f\u1160\u2800\u3164\uffa0]|\p{M}{3,}/gu;
/** GitLab closes issues by what follows these words, also within a code span. */
const CLOSING = /(clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)(:?) /gi;
const LOOKALIKES: Readonly<Record<string, string>> = { "`": "ˋ", "|": "¦", "<": "‹", ">": "›" };

/**
 * Foreign text (names, ARNs, reasons, whatever a log or a person wrote) as inline code on one line: no line can begin
 * with a quick action, no table cell, HTML, mention or mark of ours can be forged. Long text loses its middle.
 */
export function code(text: string, most = 120): string {
  const inner = shorten(oneLine(text), most)
    .replace(/[`|<>]/g, (char) => LOOKALIKES[char] ?? "")
    .replace(CLOSING, "$1$2\u00a0");
  return inner === "" ? "(empty)" : `\`${inner}\``;
}

/** Foreign text where no code span can be: titles and commit messages. Letters, digits, `.`, `_`, `-` and `/` stay. */
export function plain(text: string, most = 63): string {
  const safe = oneLine(text)
    .replace(/[^\p{L}\p{N}._/-]+/gu, "-")
    .replace(/^[-/.]+|-+$/g, "");
  return shorten(safe, most) || "unnamed";
}

/** Our own words that came by way of an event: prose of letters, digits and the signs of a sentence, nothing else. */
export function sentence(text: string, most = 400): string {
  const safe = oneLine(text).replace(/[^\p{L}\p{N} .,;:'()-]+/gu, " ");
  return shorten(safe, most).replace(CLOSING, "$1$2\u00a0");
}

function oneLine(text: string): string {
  return text.replace(INVISIBLE, "").replace(STRANGE, " ").trim();
}

/** Counted in characters as people see them cut: never half of a pair. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  if (characters.length <= most) return text;
  const tail = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - tail).join("")}…${characters.slice(characters.length - tail).join("")}`;
}
