import { type Child, type Html, html } from "./html.ts";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Child;
  readonly kind?: "number" | "main" | "quiet" | "text";
}

interface TableOptions<Row> {
  /** What the table holds; read out, not shown. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Class of a row. */
  readonly mark?: (row: Row) => string | null;
}

/**
 * A table that becomes a list of cards on a narrow screen. The roles are written out, because a table that is not
 * displayed as one is none to a screen reader.
 */
export function table<Row>({ caption, columns, rows, mark }: TableOptions<Row>): Html {
  return html`<table role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(
    ({ head, kind }) => html`<th role="columnheader" scope="col"${classOf(kind)}>${head}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (row) =>
      html`<tr role="row"${classOf(mark?.(row))}>${columns.map((column) => cell(column, row))}</tr>
`,
  )}</tbody></table>`;
}

function cell<Row>({ head, kind, cell: content }: Column<Row>, row: Row): Html {
  return html`<td role="cell"${classOf(kind)} data-head="${head}">${content(row) ?? html`<span class="none">–</span>`}</td>`;
}

function classOf(name: string | null | undefined): Child {
  return name ? html` class="${name}"` : null;
}
