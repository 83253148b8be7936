import type { Clock, Log } from "@plp/runtime";
import type { LocalUser } from "../organization.ts";
import type { Signature } from "./git/commits.ts";
import type { Repository } from "./git/repository.ts";
import type { Deliveries } from "./hooks/deliveries.ts";
import { forbidden, notFound } from "./http.ts";
import type { Pipelines } from "./pipelines/port.ts";
import type { MergeRequest, Store } from "./store.ts";

/** The one project of this GitLab. */
export const project = { id: 1, group: "iam", path: "roles", fullPath: "iam/roles" } as const;

/** GitLab's access levels. */
export const developer = 30;
export const maintainer = 40;

/** What every route works with. */
export interface Context {
  readonly repository: Repository;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly defaultBranch: string;
  readonly deliveries: Deliveries;
  readonly pipelines: Pipelines;
  /** `http://127.0.0.1:<port>`, known once the server listens. */
  origin(): string;
  /** Runs writers one after the other; a failure of one does not stop the next. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

export function serial(): Context["exclusive"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}

export function isProtected(context: Context, branch: string): boolean {
  return branch === context.defaultBranch;
}

/** May this user push to the branch, by git or API? */
export function mayPush(context: Context, user: LocalUser, branch: string): boolean {
  return user.accessLevel >= (isProtected(context, branch) ? maintainer : developer);
}

export function mayMerge(context: Context, user: LocalUser, mergeRequest: MergeRequest): boolean {
  return mayPush(context, user, mergeRequest.target);
}

export function requireLevel(user: LocalUser, level: number): void {
  if (user.accessLevel < level) throw forbidden();
}

/** Only this project exists: by its id or its path. */
export function requireProject(id: string | undefined): void {
  if (id !== String(project.id) && id?.toLowerCase() !== project.fullPath) throw notFound("Project");
}

/** GitLab's refusal to move a protected branch, by words of the route. */
export function forbiddenToPush(why = "You are not allowed to push into this branch") {
  return forbidden(why);
}

export function userOf(context: Context, id: number): LocalUser {
  const user = context.store.instance.users.find((one) => one.id === id);
  return user ?? { id, username: "ghost", name: "Ghost User", accessLevel: 20, bot: false };
}

export function emailOf(user: LocalUser): string {
  return `${user.username}@${user.bot ? "noreply.gitlab.local" : "gitlab.local"}`;
}

export function signatureOf(context: Context, user: LocalUser): Signature {
  return { name: user.name, email: emailOf(user), at: context.clock.now().toISOString() };
}
