import * as z from "zod";
import type { LocalUser } from "../../organization.ts";
import { type Context, maintainer } from "../context.ts";
import { parseFields } from "../fields.ts";
import { type ApiRequest, forbidden, notFound, ok, type Routes } from "../http.ts";
import { save, withNote } from "../merge-requests.ts";
import { paged } from "../paging.ts";
import { carryOut, quickActions } from "../quick-actions.ts";
import type { MergeRequest, Note } from "../store.ts";
import { noteView } from "../views.ts";
import { mergeRequestOf } from "./merge-requests.ts";

const bodySchema = z.object({ body: z.string().min(1).max(1_000_000) });

/** Notes of a request: people's and the system's; changed and removed by their author or a maintainer. */
export function noteRoutes(context: Context): Routes {
  function noteOf(request: ApiRequest): { mergeRequest: MergeRequest; note: Note } {
    const mergeRequest = mergeRequestOf(context, request);
    const note = mergeRequest.notes.find(({ id }) => String(id) === request.params.note);
    if (note === undefined) throw notFound("Note");
    return { mergeRequest, note };
  }

  function requireOwn(user: LocalUser, note: Note): void {
    if (note.system || (note.authorId !== user.id && user.accessLevel < maintainer)) throw forbidden();
  }

  const all = "/projects/:id/merge_requests/:iid/notes";
  const one = `${all}/:note`;
  return {
    [`GET ${all}`]: (request) => {
      const mergeRequest = mergeRequestOf(context, request);
      const notes = mergeRequest.notes.filter(
        ({ system }) =>
          request.fields.activity_filter === undefined ||
          request.fields.activity_filter === "all_notes" ||
          system === (request.fields.activity_filter === "only_activity"),
      );
      const sorted = request.fields.sort === "asc" ? notes : notes.toReversed();
      return paged(request, context.origin(), sorted, (note) => noteView(context, mergeRequest, note));
    },
    [`POST ${all}`]: (request) => {
      const { body } = parseFields(bodySchema, request.fields);
      return context.exclusive(async () => {
        const before = mergeRequestOf(context, request);
        const written = quickActions(body);
        await carryOut(context, before.iid, request.user, written.actions);
        if (written.text === "") return ok({ commands_changes: {}, summary: ["Commands applied"] }, 202);
        const now = context.clock.now();
        const next = withNote(mergeRequestOf(context, request), request.user.id, written.text, false, now);
        await save(context, next, request.user);
        const note = next.notes.at(-1);
        return ok(note === undefined ? null : noteView(context, next, note), 201);
      });
    },
    [`GET ${one}`]: (request) => {
      const { mergeRequest, note } = noteOf(request);
      return ok(noteView(context, mergeRequest, note));
    },
    [`PUT ${one}`]: (request) => {
      const { body } = parseFields(bodySchema, request.fields);
      return context.exclusive(async () => {
        const { mergeRequest, note } = noteOf(request);
        requireOwn(request.user, note);
        const edited = { ...note, body, updatedAt: context.clock.now().toISOString() };
        const notes = mergeRequest.notes.map((other) => (other.id === note.id ? edited : other));
        await save(context, { ...mergeRequest, notes }, request.user);
        return ok(noteView(context, mergeRequest, edited));
      });
    },
    [`DELETE ${one}`]: (request) =>
      context.exclusive(async () => {
        const { mergeRequest, note } = noteOf(request);
        requireOwn(request.user, note);
        const notes = mergeRequest.notes.filter(({ id }) => id !== note.id);
        await save(context, { ...mergeRequest, notes }, request.user);
        return { status: 204 };
      }),
  };
}
