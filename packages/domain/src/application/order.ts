import type { RequestKind } from "../scope.ts";
import { type ApplicationState, openRequest, type RequestState } from "./fold.ts";

/** In the order in which an application's requests are opened. */
export const requestKinds = [
  "asked",
  "restore",
  "grow",
  "reduce",
  "enforce",
] as const satisfies readonly RequestKind[];

/** Opened as soon as it is proposed, however many others are open: a call is missed now, or a person asked for it. */
export function isUrgent(kind: RequestKind): boolean {
  return kind === "asked" || kind === "restore";
}

/** The open request that one of this kind waits for: what is used or missed comes before everything that changes what stands there. */
export function waitsFor(state: ApplicationState, kind: RequestKind): RequestState | null {
  if (kind === "grow" || kind === "asked") return null;
  return openRequest(state, "asked") ?? openRequest(state, "grow");
}
