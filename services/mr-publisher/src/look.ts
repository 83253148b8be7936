import {
  type ApplicationEvent,
  type ApplicationId,
  type ApplicationState,
  applicationStream,
  type Cause,
  commitId,
  foldApplication,
  type RequestKind,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { Loaded } from "./load.ts";
import type { Gitlab, PublishPorts } from "./ports.ts";

/** A look at one application: what the streams said when it began, and what may be done about it. */
export interface Look {
  readonly place: ApplicationId;
  readonly gitlab: Gitlab;
  readonly loaded: Loaded;
  readonly cause: Cause;
  readonly ports: PublishPorts;
}

/** At its requests of one kind. */
export type KindLook = Look & { readonly kind: RequestKind };

/** Writes what is decided of the application; `step` names this write among those of the look. */
export async function change(
  { place, cause, ports }: Omit<Look, "loaded">,
  decide: (state: ApplicationState) => ApplicationEvent[],
  step: string,
): Promise<void> {
  const stream = applicationStream(place);
  await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide,
    commitId: commitId(cause.causationId, stream, step),
  });
}
