import { createHash } from "node:crypto";
import * as z from "zod";
import { commitActions } from "../commit-actions.ts";
import { type Context, requireProject } from "../context.ts";
import { parseFields, text } from "../fields.ts";
import { type ApiAnswer, type ApiRequest, notFound, ok, type Routes } from "../http.ts";

/** Single files: read as JSON, raw or by headers; created, changed and removed by a commit each. */
export function fileRoutes(context: Context): Routes {
  const { repository } = context;

  async function read({ params, fields }: ApiRequest) {
    requireProject(params.id);
    const path = params.path ?? "";
    const ref = fields.ref === undefined ? "HEAD" : String(fields.ref);
    const commit = await repository.resolve(ref);
    if (commit === null) throw notFound("Commit");
    const blob = await repository.blob(commit, path);
    if (blob === null) throw notFound("File");
    const entry = await repository.entry(commit, path);
    const meta = {
      file_name: path.slice(path.lastIndexOf("/") + 1),
      file_path: path,
      size: blob.content.length,
      encoding: "base64",
      content_sha256: createHash("sha256").update(blob.content).digest("hex"),
      ref,
      blob_id: blob.id,
      commit_id: commit,
      last_commit_id: await repository.lastCommit(commit, path),
      execute_filemode: entry?.mode === "100755",
    };
    const headers: Record<string, string> = {};
    for (const [key, value] of Object.entries(meta)) {
      const name = key
        .split("_")
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join("-");
      headers[`X-Gitlab-${name}`] = encodeHeader(String(value));
    }
    return { blob, meta, headers };
  }

  const change =
    (action: "create" | "update" | "delete", status: number) =>
    async ({ params, fields, user }: ApiRequest): Promise<ApiAnswer> => {
      requireProject(params.id);
      const path = params.path ?? "";
      const { branch } = parseFields(z.object({ branch: text }), fields);
      await commitActions(context, user, { ...fields, actions: [{ ...fields, action, file_path: path }] });
      return status === 204 ? { status } : ok({ file_path: path, branch }, status);
    };

  const route = "/projects/:id/repository/files/:path";
  return {
    [`GET ${route}`]: async (request) => {
      const { blob, meta, headers } = await read(request);
      return { status: 200, json: { ...meta, content: blob.content.toString("base64") }, headers };
    },
    [`GET ${route}/raw`]: async (request) => {
      const { blob, headers } = await read(request);
      return { status: 200, raw: { type: "text/plain; charset=utf-8", content: blob.content }, headers };
    },
    [`POST ${route}`]: change("create", 201),
    [`PUT ${route}`]: change("update", 200),
    [`DELETE ${route}`]: change("delete", 204),
  };
}

/** Header values are Latin-1 at most; a path may hold more. */
function encodeHeader(value: string): string {
  return value.replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
