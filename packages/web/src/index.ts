export { messagePage, type PageOptions, pageHeaders, webPage } from "./app.ts";
export type { Answer, AskedMoment, Reads } from "./reads.ts";
export type * from "./views.ts";
