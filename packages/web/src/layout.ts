import { type Child, type Html, html } from "./html.ts";
import { moment } from "./words.ts";

export interface Frame {
  readonly title: string;
  /** Which part of the navigation it belongs to. */
  readonly part: Part | null;
  readonly indexedTo?: string | null;
  /** Seconds after which the page is to be asked for again; null: it will not change by itself. */
  readonly refresh?: number | null;
}

type Part = "overview" | "roles" | "audit" | "who-can" | "runs";

const PARTS: readonly (readonly [Part, string, string])[] = [
  ["overview", "/", "Overview"],
  ["roles", "/roles", "Roles"],
  ["audit", "/audit", "Audit"],
  ["who-can", "/who-can", "Who can"],
  ["runs", "/runs", "Runs"],
];

/** Names of our own files, as the page's addresses have them. */
export interface AssetNames {
  readonly style: string;
  readonly script: string;
}

/** A whole page. Everything that a click may replace lies in elements with `data-region`. */
export function layout(assets: AssetNames, frame: Frame, content: Child): Html {
  const { title, part, indexedTo = null, refresh = null } = frame;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · PLP</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/${assets.style}">
<script type="module" src="/assets/${assets.script}"></script>
${refresh === null ? null : html`<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>`}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><div>
<a class="home" href="/" aria-label="PLP, overview">PLP</a>
<nav aria-label="Main"><ul>${PARTS.map(
    ([name, address, text]) =>
      html`<li><a href="${address}"${name === part ? html` aria-current="page"` : null}>${text}</a></li>`,
  )}</ul></nav>
</div></header>
<p id="progress" role="alert"></p>
<p id="says" class="hidden" role="status"></p>
<main id="content" tabindex="-1">
${content}
</main>
<footer><p>Times are UTC.${indexedTo === null ? null : html` Lists are complete to ${moment(indexedTo)}.`}</p></footer>
</body>
</html>`;
}
