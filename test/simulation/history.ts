import type { NewEvent, RecordedEvent } from "@plp/event-store";

type Event = RecordedEvent<NewEvent>;

/**
 * What was acknowledged, as it was acknowledged, and whether each event may follow those before it. Written without
 * the system's own folds: it must not forgive what they forgive.
 */
export function historyOf(violate: (text: string) => void) {
  const streams = new Map<string, Event[]>();

  function add(stream: string, events: readonly Event[]): void {
    const known = streams.get(stream) ?? [];
    streams.set(stream, known);
    for (const [at, event] of events.entries()) {
      if (event.version !== known.length + 1)
        violate(`version ${event.version} of ${stream} was written after version ${known.length}`);
      const wrong = illegal(stream, known, event, events[at + 1]);
      if (wrong !== null) violate(`${event.type} at version ${event.version} of ${stream}: ${wrong}`);
      known.push(event);
    }
  }

  return { streams, add, of: (stream: string): readonly Event[] => streams.get(stream) ?? [] };
}

export type History = ReturnType<typeof historyOf>;

interface Facts {
  readonly iid?: number;
  readonly kind?: string;
  readonly round?: string;
  readonly run?: string;
  readonly proposal?: number;
  readonly job?: string;
  readonly attempt?: number;
  readonly part?: { readonly from: string; readonly to: string };
}

export const factsOf = (event: NewEvent): Facts => event.data as Facts;

/** `next`: the one after it in the same commit. */
function illegal(
  stream: string,
  before: readonly Event[],
  event: Event,
  next: Event | undefined,
): string | null {
  const facts = factsOf(event);
  const some = (type: string, test: (earlier: Facts) => boolean = () => true) =>
    before.some((earlier) => earlier.type === type && test(factsOf(earlier)));
  switch (event.type) {
    case "PolicyProposed":
      return openProposal(before, facts.kind) === null ? null : "a proposal of that kind is open already";
    case "ProposalSuperseded":
    case "ProposalWithdrawn":
      return openProposal(before, kindOf(before, facts.proposal)) === facts.proposal
        ? null
        : `proposal ${facts.proposal} is not open`;
    case "ProposalApproved":
    case "ProposalRejected":
      return some(event.type, ({ proposal }) => proposal === facts.proposal) ? "decided twice" : null;
    case "RoleDiscovered": {
      const known = before.findLast(({ type }) => type === "RoleDiscovered" || type === "RoleRetired");
      return known?.type === "RoleDiscovered" ? "the role was discovered already" : null;
    }
    case "Claimed": {
      const same = before.findLast((earlier) => folderOf(earlier) === folderOf(event));
      const again = same?.type === "Claimed" && JSON.stringify(same.data) === JSON.stringify(event.data);
      return again ? "it was claimed already" : null;
    }
    case "UsageObserved":
      return some(event.type, ({ run }) => run === facts.run) ? "the run was observed already" : null;
    case "RoundPlanned":
      return some(event.type, ({ round }) => round === facts.round) ? "the round was planned already" : null;
    case "RequestOpened":
      if (some(event.type, ({ iid }) => iid === facts.iid)) return "it was opened already";
      if (openRequests(before, facts.kind).size === 0) return null;
      // Made while people reopened another one: it stands back at once.
      return some("RequestReopened") && next?.type === "RequestClosed" && factsOf(next).iid === facts.iid
        ? null
        : "another request of that kind is open";
    case "RequestUpdated":
    case "RequestFrozen":
    case "RequestClosed":
      return openRequests(before).has(facts.iid) ? null : `request ${facts.iid} is not open`;
    case "RequestMerged":
      return some(event.type, ({ iid }) => iid === facts.iid) ? "merged twice" : null;
    case "RequestReopened":
      return openRequests(before).has(facts.iid) ? `request ${facts.iid} is open` : null;
    default:
      return stream.startsWith("run#") ? illegalInRun(before, event) : null;
  }
}

const folderOf = (event: NewEvent) => (event.data as { folder?: string }).folder;

const ENDS = ["RunProposed", "NothingNew", "AnalysisFailed", "MergeFailed"];

export const isEnd = ({ type }: NewEvent): boolean => ENDS.includes(type);

function illegalInRun(before: readonly Event[], event: Event): string | null {
  if (before.some(isEnd)) return "the run has ended";
  if (event.type === "AnalysisRequested") return before.length === 0 ? null : "requested twice";
  if (before.length === 0) return "nobody requested the run";
  if (event.type !== "AnalysisStarted") return null;
  const { job, attempt, part } = factsOf(event);
  const starts = before.filter(({ type }) => type === "AnalysisStarted").map(factsOf);
  if (starts.some((start) => start.job === job)) return "the job was recorded already";
  const same = starts.filter((start) => JSON.stringify(start.part) === JSON.stringify(part));
  return attempt === same.length + 1 ? null : `attempt ${attempt} after ${same.length} of the same part`;
}

const kindOf = (events: readonly Event[], proposal: number | undefined): string | undefined =>
  events[(proposal ?? 0) - 1]?.type === "PolicyProposed"
    ? factsOf(events[(proposal ?? 0) - 1] as Event).kind
    : undefined;

/** Version of the open proposal of a kind. */
export function openProposal(events: readonly Event[], kind = "grow"): number | null {
  let open: number | null = null;
  for (const event of events) {
    if (event.type === "PolicyProposed") open = factsOf(event).kind === kind ? event.version : open;
    else if (/^Proposal/.test(event.type) && factsOf(event).proposal === open) open = null;
  }
  return open;
}

function openRequests(events: readonly Event[], kind?: string): Set<number | undefined> {
  const open = new Set<number | undefined>();
  for (const event of events) {
    const { iid, kind: of } = factsOf(event);
    if (kind !== undefined && of !== kind) continue;
    if (event.type === "RequestOpened" || event.type === "RequestReopened") open.add(iid);
    if (event.type === "RequestMerged" || event.type === "RequestClosed") open.delete(iid);
  }
  return open;
}
