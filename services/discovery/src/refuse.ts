import {
  type ApplicationEvent,
  type ApplicationId,
  type ApplicationState,
  applicationStream,
  commitId,
  digest,
  foldApplication,
  refuseApplication,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { Look } from "./look.ts";

/** The folder cannot be taken up in this round: its stream says why. */
export async function refuse(
  { message, cause, ports }: Look,
  place: ApplicationId,
  refusal: { readonly code: string; readonly reason: string; readonly other?: string },
): Promise<void> {
  const { code, reason, other } = refusal;
  const stream = applicationStream(place);
  await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide: (current) =>
      refuseApplication(current, { round: message.round, code, reason, other: other ?? null }, cause),
    commitId: commitId(cause.causationId, stream, digest("refuse", code, reason)),
  });
  ports.log.warn("application refused", { ...place, code, reason });
}

/** Two folders claim the same: neither is taken up until one of them is gone. */
export async function refuseBoth(
  look: Look,
  other: ApplicationId,
  code: string,
  reason: (other: string) => string,
): Promise<void> {
  await refuse(look, look.place, { code, reason: reason(other.folder), other: other.folder });
  await refuse(look, other, { code, reason: reason(look.place.folder), other: look.place.folder });
}
