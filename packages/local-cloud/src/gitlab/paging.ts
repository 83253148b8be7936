import type { ApiAnswer, ApiRequest } from "./http.ts";

function positive(value: unknown, otherwise: number): number {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : otherwise;
}

export function pageOf(fields: ApiRequest["fields"]): { readonly page: number; readonly perPage: number } {
  return { page: positive(fields.page, 1), perPage: Math.min(100, positive(fields.per_page, 20)) };
}

/** One page of a list that is known whole, with GitLab's `x-…` and `link` headers. `origin` is our own address. */
export async function paged<T>(
  request: ApiRequest,
  origin: string,
  all: readonly T[],
  show: (item: T) => unknown,
): Promise<ApiAnswer> {
  const { page, perPage } = pageOf(request.fields);
  const items = all.slice((page - 1) * perPage, page * perPage);
  return pageAnswer(request, origin, await Promise.all(items.map(show)), all.length);
}

export function pageAnswer(
  request: ApiRequest,
  origin: string,
  items: readonly unknown[],
  total: number,
): ApiAnswer {
  const { page, perPage } = pageOf(request.fields);
  const pages = Math.max(1, Math.ceil(total / perPage));
  const at = (number: number) => {
    const url = new URL(request.url.pathname + request.url.search, origin);
    url.searchParams.set("page", String(number));
    url.searchParams.set("per_page", String(perPage));
    return url.href;
  };
  const links = [
    ...(page > 1 ? [`<${at(page - 1)}>; rel="prev"`] : []),
    ...(page < pages ? [`<${at(page + 1)}>; rel="next"`] : []),
    `<${at(1)}>; rel="first"`,
    `<${at(pages)}>; rel="last"`,
  ];
  const headers = {
    link: links.join(", "),
    "x-page": String(page),
    "x-per-page": String(perPage),
    "x-next-page": page < pages ? String(page + 1) : "",
    "x-prev-page": page > 1 ? String(page - 1) : "",
    "x-total": String(total),
    "x-total-pages": String(pages),
  };
  return { status: 200, json: items, headers };
}
