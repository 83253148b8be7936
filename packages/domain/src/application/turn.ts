import { type ApplicationId, applicationStream } from "../ids.ts";
import type { RequestKind } from "../scope.ts";
import { requestKinds } from "./order.ts";

/** A request that is to be opened, and waits until others of the repository are decided. */
export interface WaitingRequest extends ApplicationId {
  readonly kind: RequestKind;
}

/** The line in which the requests of a project wait; no account is called so. */
export function requestLine(project: string): string {
  return `requests of ${project}`;
}

/** How a request is called in its line. */
export function requestSlot({ kind, project, folder }: WaitingRequest): string {
  return `${kind}#${applicationStream({ project, folder })}`;
}

/** Null for what is none. */
export function parseRequestSlot(slot: string): WaitingRequest | null {
  const [, name, project, folder] = /^([a-z]+)#app#([^#]+)#(.+)$/s.exec(slot) ?? [];
  const kind = requestKinds.find((known) => known === name);
  return kind === undefined || project === undefined || folder === undefined
    ? null
    : { kind, project, folder };
}
