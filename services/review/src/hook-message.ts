import type { ReviewsMessage } from "@plp/messaging";
import * as z from "zod";

const id = z.int().positive();
const project = z.looseObject({ id: id.optional(), path_with_namespace: z.string().optional() });
const sha = z.string().regex(/^[0-9a-f]{40,64}$/);

/** What is read of a payload; everything else in it is GitLab's affair. */
const payload = z.discriminatedUnion("object_kind", [
  z.looseObject({
    object_kind: z.literal("merge_request"),
    project,
    object_attributes: z.looseObject({ iid: id }),
  }),
  z.looseObject({ object_kind: z.literal("note"), project, merge_request: z.looseObject({ iid: id }) }),
  z.looseObject({
    object_kind: z.literal("push"),
    project,
    ref: z.string().max(500).startsWith("refs/heads/"),
    before: sha,
    after: sha,
  }),
  z.looseObject({
    object_kind: z.literal("pipeline"),
    project,
    object_attributes: z.looseObject({ id }),
  }),
  z.looseObject({
    object_kind: z.literal("build"),
    project: project.optional(),
    project_id: id,
    pipeline_id: id,
  }),
]);

/**
 * The look that a payload of GitLab's web hooks asks for; null for kinds and shapes that say nothing to us, and for
 * projects that are not ours. Only ids are taken from it: what happened is read from GitLab.
 */
export function hookMessage(body: unknown, projects: readonly string[]): ReviewsMessage | null {
  const { success, data } = payload.safeParse(body);
  if (!success) return null;
  const ours = projectOf(data, projects);
  if (ours === null) return null;
  switch (data.object_kind) {
    case "merge_request":
      return { v: 1, type: "request", project: ours, iid: data.object_attributes.iid };
    case "note":
      return { v: 1, type: "request", project: ours, iid: data.merge_request.iid };
    case "push": {
      const branch = data.ref.slice("refs/heads/".length);
      const { before, after } = data;
      return branch === "" ? null : { v: 1, type: "push", project: ours, branch, before, after };
    }
    case "pipeline":
      return { v: 1, type: "pipeline", project: ours, pipeline: data.object_attributes.id };
    case "build":
      return { v: 1, type: "pipeline", project: ours, pipeline: data.pipeline_id };
  }
}

/** Payloads of jobs may name their project by its number only; with one project that is enough, as it is only a look. */
function projectOf(
  told: { readonly project?: z.infer<typeof project> | undefined; readonly project_id?: unknown },
  projects: readonly string[],
): string | null {
  const named = told.project ?? { id: typeof told.project_id === "number" ? told.project_id : undefined };
  const ours = projects.find((known) => isProject(known, named));
  if (ours !== undefined) return ours;
  const [only = "", ...others] = projects;
  const isUnnamed = named.path_with_namespace === undefined && others.length === 0;
  return isUnnamed && !/^\d*$/.test(only) ? only : null;
}

/** The settings name a project by its path, whose case does not matter, or by its number. */
function isProject(
  known: string,
  {
    id,
    path_with_namespace: path,
  }: { readonly id?: number | undefined; readonly path_with_namespace?: string | undefined },
): boolean {
  return known === String(id) || known.toLowerCase() === path?.toLowerCase();
}
