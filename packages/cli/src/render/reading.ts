import { eventText } from "@plp/audit";
import type { Replay, RoleEvent } from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import { shortTime } from "../moment.ts";
import type { ReplayedRole } from "./replayed-role.ts";

type Reading = RecordedEvent<RoleEvent> & { readonly type: "PolicyObserved" };

/** When the role was read before and after the moment, and what was found. */
export function inAwsText({ replay, events, options }: ReplayedRole): string {
  const end = options.at?.to ?? events[replay.version - 1]?.occurredAt ?? "";
  const readings = events.filter((event): event is Reading => event.type === "PolicyObserved");
  const before = readings.findLast(({ occurredAt, version }) =>
    options.version === undefined ? occurredAt <= end : version <= options.version,
  );
  const after = readings.find(({ occurredAt }) => occurredAt > end);
  const found = [before, after].filter((reading) => reading !== undefined);
  const [first, second] = found.map(
    (reading) =>
      `${shortTime(reading.occurredAt, new Date())}: ${eventText(reading).replace(/^read in AWS[:,]? ?/, "") || "read"}`,
  );
  if (first === undefined) return "the role was never read";
  return second === undefined ? `read ${first}` : `read ${first}; and ${second}`;
}

/** What else is on the role, by its last reading. */
export function boundaryText({ otherPolicies, state }: Replay): string {
  const { reading } = state;
  if (otherPolicies === null || reading === null) return "not known: the role had not been read";
  const others = otherPolicies.map(({ id }) => id).join(", ") || "no other policy";
  const boundary = reading.boundary === null ? "no boundary" : `boundary ${reading.boundary}`;
  return `${others} (read ${shortTime(reading.at, new Date())}); ${boundary}`;
}
