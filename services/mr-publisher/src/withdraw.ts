import { closeRequest, type RequestState } from "@plp/domain";
import { change, type KindLook } from "./look.ts";
import { renderNote } from "./render/notes.ts";

/** Nothing is left to propose and nobody touched the request: it is closed, which is no decision. */
export async function withdraw(look: KindLook, request: RequestState): Promise<void> {
  const { gitlab, kind, cause } = look;
  const roles = [...look.loaded.roles.values()].flatMap(({ state }) =>
    state.scope === null ? [] : [{ state, environment: state.scope.environment }],
  );
  const waiting = roles.flatMap(({ state: { kept }, environment }) => {
    const reason = kind === "grow" ? (kept?.reason ?? null) : null;
    return reason === null ? [] : [{ environment, reason }];
  });
  const reasons = roles.flatMap(({ state: { withdrawn }, environment }) => {
    const reason = kind === "grow" ? undefined : withdrawn.get(kind);
    return reason === undefined ? [] : [{ environment, reason }];
  });
  await gitlab.note(request.iid, "withdrawn", renderNote({ kind: "withdrawn", waiting, reasons }));
  await gitlab.close(request.iid);
  const found = await gitlab.get(request.iid);
  const closed = {
    iid: request.iid,
    closedBy: found.closedBy,
    closedAt: found.closedAt ?? cause.occurredAt,
    decision: false,
  };
  await change(
    look,
    (current) => closeRequest(current, closed, cause),
    `withdraw ${request.iid} ${request.head} ${look.loaded.application.version}`,
  );
}
