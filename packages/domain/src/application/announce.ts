import { type Cause, eventMaker } from "../event.ts";
import { digest, roleStream } from "../ids.ts";
import type { ProposedPolicy } from "../role/events.ts";
import type { AnnouncedDecision, ApplicationEvent } from "./events.ts";
import type { ApplicationState, RequestState } from "./fold.ts";
import { isWaiting } from "./settled.ts";

const make = eventMaker<ApplicationEvent>();

/** Something that a person has to decide, by a name that stays the same while it is the same. */
export interface NeededDecision {
  readonly key: string;
  readonly what: "request" | "risk" | "question";
}

/** What a request asks of people: itself, its risks but for the low ones, its questions; of the proposals that it shows. */
export function decisionsIn(
  { roles }: RequestState,
  proposalOf: (stream: string, version: number) => ProposedPolicy | undefined,
): readonly NeededDecision[] {
  const all: NeededDecision[] = [{ key: "request", what: "request" }];
  for (const { role, proposal } of roles) {
    const stream = roleStream(role);
    const { risks = [], questions = [] } = proposalOf(stream, proposal) ?? {};
    for (const { id, severity, resources } of risks) {
      if (severity === "low") continue;
      all.push({ key: keyOf("risk", stream, id, severity, ...resources), what: "risk" });
    }
    for (const { kind, detail } of questions)
      all.push({ key: keyOf("question", stream, kind, detail), what: "question" });
  }
  return [...new Map(all.map((one) => [one.key, one])).values()];
}

function keyOf(...parts: readonly string[]): string {
  return digest(...parts).slice(0, 16);
}

/** People were told of it. */
export function announceDecision(
  state: ApplicationState,
  announced: AnnouncedDecision,
  cause: Cause,
): ApplicationEvent[] {
  const request = state.requests.get(announced.iid);
  if (request === undefined || !isWaiting(request)) return [];
  return announced.of.every((key) => request.announced.has(key))
    ? []
    : [make("DecisionAnnounced", announced, cause)];
}
