import { foldRole, type OpenProposal, type RequestKind } from "@plp/domain";
import type { Answer } from "../output.ts";
import { bare } from "../render/permission.ts";
import { proposalText, type ShownProposal, type ShownRole } from "../render/proposal.ts";
import type { History } from "../state/history.ts";
import { type Application, findApplication, loadRole, openRequests } from "../state/roles.ts";

/** `plp show`: the open proposals of an application, as the reviewer sees them. */
export async function show(history: History, wanted: string, all: boolean): Promise<Answer> {
  const application = await findApplication(history, wanted);
  const proposals = await proposalsOf(history, application);
  const { name, folder, project, state } = application;
  const refused = state.refused?.reason ?? null;
  return {
    json: { application: name, project, folder, refused, proposals: proposals.map(jsonOf) },
    people: (style) => {
      const parts = proposals.map((proposal) => proposalText(style, name, proposal, all));
      if (refused !== null) parts.unshift(style.bad(`${name} was refused: ${refused}`));
      return parts.length > 0 ? parts.join("\n\n") : `${style.bold(name)}  nothing waits for a decision.`;
    },
  };
}

async function proposalsOf(history: History, application: Application): Promise<readonly ShownProposal[]> {
  const requests = openRequests(application);
  const planned = application.state.round?.roles.map(({ role }) => role) ?? [];
  const held = requests.flatMap(({ roles }) => roles.map(({ role }) => role));
  const ids = new Map([...planned, ...held].map((role) => [JSON.stringify([role.arn, role.uniqueId]), role]));
  const shown = new Map<RequestKind, ShownRole[]>();
  for (const id of ids.values()) {
    const state = foldRole((await loadRole(history, id)).events);
    const { scope } = state;
    if (scope === null) continue;
    const { environment, accountId, mode } = scope;
    const common = { role: id, environment, accountId, mode };
    const seen = requests.flatMap(({ kind, roles }) =>
      roles.flatMap(({ role, proposal }) =>
        role.arn === id.arn && role.uniqueId === id.uniqueId ? [{ kind, proposal }] : [],
      ),
    );
    // What stands in a request is what its reviewer reads, also when a newer proposal waits behind it.
    const kinds = new Map<RequestKind, OpenProposal>(state.open);
    for (const { kind, proposal } of seen) {
      const read = state.proposals.get(proposal);
      if (read !== undefined) kinds.set(kind, read);
    }
    for (const [kind, proposal] of kinds)
      shown.set(kind, [...(shown.get(kind) ?? []), { ...common, proposal }]);
  }
  return [...shown].map(([kind, roles]) => ({
    kind,
    request: requests.find((request) => request.kind === kind) ?? null,
    roles: roles.sort((a, b) => (a.environment < b.environment ? -1 : 1)),
  }));
}

function jsonOf({ kind, request, roles }: ShownProposal): unknown {
  return {
    kind,
    request:
      request === null
        ? null
        : {
            iid: request.iid,
            url: request.url,
            branch: request.branch,
            title: request.title,
            status: request.status,
            openedAt: request.openedAt,
          },
    roles: roles.map(({ role, environment, accountId, mode, proposal }) => ({
      roleArn: role.arn,
      environment,
      accountId,
      mode,
      version: proposal.version,
      window: proposal.window,
      policy: proposal.policy,
      added: proposal.added.map((addition) => {
        const { basis, calls, firstSeen, lastSeen, widened } = addition;
        return { ...bare(addition), basis, calls, firstSeen, lastSeen, widened };
      }),
      removed: proposal.removed.map(bare),
      heldBack: proposal.heldBack.map(bare),
      denied: proposal.denied,
      questions: proposal.questions,
      risks: proposal.risks,
      backtest: proposal.backtest,
      awsChecks: proposal.awsChecks ?? null,
      readiness: proposal.readiness ?? null,
      forbidden: (proposal.forbidden ?? []).map(bare),
      files: proposal.files,
      evidence: proposal.evidence,
    })),
  };
}
