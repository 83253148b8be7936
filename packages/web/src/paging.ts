import { type Child, html } from "./html.ts";

interface Paging {
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  readonly address: (page: number) => string;
}

/** Links to the pages around; nothing where there is but one. */
export function pageLinks({ page, pages, address }: Paging): Child {
  if (pages <= 1) return null;
  return html`<nav class="pages" aria-label="Pages">
${page > 1 ? html`<a href="${address(page - 1)}" rel="prev" data-swap>Previous</a>` : html`<span>Previous</span>`}
<span>Page ${page} of ${pages}</span>
${page < pages ? html`<a href="${address(page + 1)}" rel="next" data-swap>Next</a>` : html`<span>Next</span>`}
</nav>`;
}
