import type { Person } from "@plp/domain";
import type { EventStore } from "@plp/event-store";
import type { MergeMessage } from "@plp/messaging";
import type { Clock, Log, Settings } from "@plp/runtime";

/** A merge request as GitLab shows it at this moment. */
export interface MergeRequest {
  readonly iid: number;
  readonly url: string;
  readonly state: "opened" | "closed" | "merged" | "locked";
  readonly draft: boolean;
  readonly title: string;
  readonly description: string;
  /** The head of its source branch. */
  readonly sha: string;
  readonly sourceBranch: string;
  readonly setToMerge: boolean;
  readonly hasConflicts: boolean;
  /** `merge_commit_sha ?? squash_commit_sha ?? sha`: what was merged. */
  readonly result: string;
  readonly mergedBy: Person | null;
  readonly mergedAt: string | null;
  readonly closedBy: Person | null;
  readonly closedAt: string | null;
}

/** What one commit changed against its first parent; `content` is null where it removed the file. */
export interface CommitChange {
  readonly parent: string | null;
  readonly message: string;
  readonly files: readonly { readonly path: string; readonly content: string | null }[];
}

export interface FileContent {
  readonly content: string;
  readonly blob: string;
}

/** The IAM repository and its merge requests. Faults: see clients/gitlab-requester. */
export interface Gitlab {
  readonly project: string;
  /** The newest commit of the target branch. */
  head(): Promise<string>;
  file(path: string, ref: string): Promise<FileContent | null>;
  branch(name: string): Promise<string | null>;
  change(sha: string): Promise<CommitChange>;
  /** One commit on `base` becomes the whole branch. Returns its id. */
  push(commit: {
    readonly branch: string;
    readonly base: string;
    readonly message: string;
    readonly files: readonly { readonly path: string; readonly content: string | null }[];
  }): Promise<string>;
  /** The open request of that branch, if there is one. */
  find(branch: string): Promise<MergeRequest | null>;
  /** The newest request of that branch, open or decided. */
  newest(branch: string): Promise<MergeRequest | null>;
  get(iid: number): Promise<MergeRequest>;
  /** An open request that exists already for the branch is returned instead. */
  create(request: {
    readonly branch: string;
    readonly title: string;
    readonly description: string;
    readonly assign: readonly string[];
    readonly labels: readonly string[];
  }): Promise<MergeRequest>;
  edit(iid: number, change: { readonly title?: string; readonly description?: string }): Promise<void>;
  close(iid: number): Promise<void>;
  isApproved(iid: number): Promise<boolean>;
  /** Exactly one note of ours that begins with this mark, brought to this text. */
  note(iid: number, mark: string, text: string): Promise<void>;
  /** Whom GitLab takes us for. */
  self(): Promise<Person>;
  /** May this person merge into the target branch now? We never decide, whatever we may. */
  isReviewer(person: Person): Promise<boolean>;
}

export interface PublishPorts {
  readonly store: EventStore;
  /** One per project of the settings. */
  readonly gitlabs: readonly Gitlab[];
  readonly send: { merge(message: MergeMessage): Promise<void> };
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
}
