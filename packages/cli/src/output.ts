import { stripVTControlCharacters, styleText } from "node:util";
import Table from "cli-table3";
import type { ExitCode } from "./exit.ts";
import { plain } from "./plain.ts";

export { plural } from "@plp/audit/words";

/** Where a command writes, and what it may know of its surroundings. */
export interface Terminal {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a command found out: one JSON document, or the same for people. */
export interface Answer {
  readonly json: unknown;
  readonly people: (style: Style) => string;
  readonly exit?: ExitCode;
}

/** What text for people may look like there: nothing but plain characters in a pipe or under NO_COLOR. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  /** Characters in a line; null in a pipe, where nothing is cut. */
  readonly columns: number | null;
}

type Format = Parameters<typeof styleText>[0];

/** The style of a stream: colours only on a terminal that has them. */
export function styleOf(stream: NodeJS.WriteStream): Style {
  const styled = (format: Format) => (text: string) => styleText(format, plain(text), { stream });
  return {
    bold: styled("bold"),
    dim: styled("dim"),
    good: styled("green"),
    bad: styled("red"),
    warn: styled("yellow"),
    columns: stream.isTTY ? stream.columns : null,
  };
}

/** No colours, nothing cut: what a pipe gets. */
export const plainStyle: Style = {
  bold: plain,
  dim: plain,
  good: plain,
  bad: plain,
  warn: plain,
  columns: null,
};

/** Prints an answer the one way or the other. */
export function print(terminal: Terminal, answer: Answer, json: boolean): void {
  const text = json
    ? JSON.stringify(answer.json, null, 2)
    : harmless(answer.people(styleOf(terminal.out)), terminal.out);
  terminal.out.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** A remark beside the answer: warnings and progress never go to stdout. */
export function remark(terminal: Terminal, text: string): void {
  terminal.err.write(`${harmless(text, terminal.err)}\n`);
}

const ESCAPE = String.fromCharCode(27);
const OURS = new RegExp(`(${ESCAPE}\\[(?:1|2|22|3[1-3]|39)m|\\n)`);

/** Lets line ends through, where the stream has colours our own too, and nothing else that steers a terminal. */
function harmless(text: string, stream: NodeJS.WriteStream): string {
  const separator = styleText("bold", "x", { stream }) === "x" ? /(\n)/ : OURS;
  return text
    .split(separator)
    .map((part, index) => (index % 2 === 1 ? part : plain(part)))
    .join("");
}

interface TableOptions {
  /** Spaces before each line. */
  readonly indent?: number;
  /** Columns with numbers, by index: flush right. */
  readonly right?: readonly number[];
  /** The column that gives way when a terminal is too narrow, and which part of its (unstyled) text tells more. */
  readonly shrink?: { readonly column: number; readonly keep: "start" | "end" };
}

/** A light table: a head in capitals, two spaces between columns, no lines; empty text when there are no rows. */
export function table(
  style: Style,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { indent = 2, right = [], shrink }: TableOptions = {},
): string {
  if (rows.length === 0) return "";
  const made = new Table({
    head: head.map((name) => style.dim(name.toUpperCase())),
    colAligns: head.map((_, index) => (right.includes(index) ? "right" : "left")),
    chars: noLines,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  made.push(...fitted(style, head, rows, indent, shrink).map((row) => [...row]));
  return made
    .toString()
    .split("\n")
    .map((line) => cut(" ".repeat(indent) + line.trimEnd(), style))
    .join("\n");
}

const noLines = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

const NARROWEST = 12;

function fitted(
  { columns }: Style,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  indent: number,
  shrink: TableOptions["shrink"],
): readonly (readonly string[])[] {
  if (columns === null || shrink === undefined) return rows;
  const width = (cell: string) =>
    Math.max(
      1,
      ...stripVTControlCharacters(cell)
        .split("\n")
        .map((line) => line.length),
    );
  const widths = head.map((name, index) =>
    Math.max(...[name, ...rows.map((row) => row[index] ?? "")].map(width)),
  );
  const all = widths.reduce((sum, one) => sum + one, indent + 2 * (head.length - 1));
  if (all <= columns) return rows;
  const most = Math.max(NARROWEST, (widths[shrink.column] ?? 0) - (all - columns));
  const shorter = (cell: string) =>
    cell.length <= most ? cell : shrink.keep === "end" ? shorten(cell, most) : `${cell.slice(0, most - 1)}…`;
  return rows.map((row) => row.map((cell, index) => (index === shrink.column ? shorter(cell) : cell)));
}

/** A line that is too long for the terminal ends with an ellipsis; its colours are then given up. */
function cut(line: string, { columns }: Style): string {
  if (columns === null) return line;
  const bare = stripVTControlCharacters(line);
  return bare.length <= columns ? line : `${bare.slice(0, columns - 1)}…`;
}

/** The end of a long name is what tells it apart: `…/shop/prod/db-8kQ2Lx`. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `…${text.slice(text.length - most + 1)}`;
}
