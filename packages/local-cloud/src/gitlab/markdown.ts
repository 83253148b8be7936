/** Text as it may stand in HTML, in attributes too. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Stands for a piece of code while the rest is rendered; a private character that no text needs. */
const mark = "\uE000";
const marked = new RegExp(`${mark}(\\d+)${mark}`, "g");

/** Tags that GitLab lets through in Markdown and that descriptions use; always without attributes. */
const allowed = /&lt;(\/?(?:details|summary|br|strong|em|code|sub|sup)\s*\/?)&gt;/gi;

/**
 * A safe subset of GitLab's Markdown as HTML: headings, paragraphs, lists with tasks, tables, quotes, fenced code, bold,
 * italics, code, links to http(s), `<details>`. Everything is escaped first, so only what is built here is markup.
 */
export function renderMarkdown(source: string): string {
  const lines = source
    .replace(/\r\n?/g, "\n")
    .replace(/<!--[\s\S]*?-->/g, "")
    .split("\n");
  const html: string[] = [];
  let index = 0;
  const take = (test: (line: string) => boolean): string[] => {
    const from = index;
    while (index < lines.length && test(lines[index] ?? "")) index += 1;
    return lines.slice(from, index);
  };
  while (index < lines.length) {
    const line = lines[index] ?? "";
    const fence = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.trim() === "") index += 1;
    else if (fence !== undefined) {
      index += 1;
      const code = take((one) => !one.trim().startsWith(fence));
      index += 1;
      html.push(`<pre><code>${escapeHtml(code.join("\n"))}</code></pre>`);
    } else if (heading !== null) {
      index += 1;
      const level = Math.min(6, (heading[1] ?? "").length + 1);
      html.push(`<h${level}>${inline(heading[2] ?? "")}</h${level}>`);
    } else if (isRow(line) && /^\s*\|?[\s:|-]*-[\s:|-]*$/.test(lines[index + 1] ?? "")) {
      html.push(table(take(isRow)));
    } else if (isItem(line)) html.push(list(take((one) => isItem(one) || /^\s{2,}\S/.test(one))));
    else if (line.startsWith(">")) {
      const quoted = take((one) => one.startsWith(">")).map((one) => one.replace(/^>\s?/, ""));
      html.push(`<blockquote>${inline(quoted.join("\n"))}</blockquote>`);
    } else if (/^(\s*[-*_]){3,}\s*$/.test(line)) {
      index += 1;
      html.push("<hr>");
    } else {
      index += 1;
      const rest = take(
        (one) => one.trim() !== "" && !isItem(one) && !isRow(one) && !/^(#{1,6}\s|`{3})/.test(one),
      );
      html.push(`<p>${inline([line, ...rest].join("\n"))}</p>`);
    }
  }
  return html.join("\n");
}

function isItem(line: string): boolean {
  return /^\s*([-*+]|\d+[.)])\s+/.test(line);
}

function isRow(line: string): boolean {
  return line.trim().startsWith("|");
}

function list(lines: readonly string[]): string {
  const ordered = /^\s*\d/.test(lines[0] ?? "");
  const items: string[] = [];
  for (const line of lines) {
    const text = line.replace(/^\s*([-*+]|\d+[.)])\s+/, "");
    if (isItem(line)) items.push(text);
    else items.push(`${items.pop() ?? ""}\n${line.trim()}`);
  }
  const tag = ordered ? "ol" : "ul";
  const body = items.map((item) => {
    const task = /^\[([ xX])\]\s+/.exec(item);
    if (task === null) return `<li>${inline(item)}</li>`;
    const checked = task[1] === " " ? "" : " checked";
    return `<li class="task"><input type="checkbox" disabled${checked}> ${inline(item.slice(task[0].length))}</li>`;
  });
  return `<${tag}>${body.join("")}</${tag}>`;
}

function table([header = "", alignment = "", ...rows]: readonly string[]): string {
  const cells = (row: string) =>
    row
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|"));
  const right = cells(alignment).map((cell) => cell.endsWith(":"));
  const line = (row: string, tag: string) =>
    `<tr>${cells(row)
      .map((cell, index) => `<${tag}${right[index] ? ' class="right"' : ""}>${inline(cell)}</${tag}>`)
      .join("")}</tr>`;
  const body = rows.map((row) => line(row, "td")).join("");
  return `<table><thead>${line(header, "th")}</thead><tbody>${body}</tbody></table>`;
}

function inline(text: string): string {
  const codes: string[] = [];
  const kept = text.replaceAll(mark, "").replace(/(`+)(.+?)\1/gs, (_all, _ticks: string, code: string) => {
    codes.push(`<code>${escapeHtml(code.trim())}</code>`);
    return `${mark}${codes.length - 1}${mark}`;
  });
  return escapeHtml(kept)
    .replace(allowed, "<$1>")
    .replace(
      /\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/g,
      '<a href="$2" rel="noopener noreferrer nofollow">$1</a>',
    )
    .replace(/\*\*(.+?)\*\*/gs, "<strong>$1</strong>")
    .replace(/(?<![\w*])\*(?!\s)([^*\n]+)\*(?!\w)/g, "<em>$1</em>")
    .replace(/\\([\\`*_{}[\]()#+.!|~-])/g, "$1")
    .replaceAll("\n", "<br>\n")
    .replace(marked, (_all, index: string) => codes[Number(index)] ?? "");
}
