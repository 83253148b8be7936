import type { GitlabMergeRequest, GitlabMergeRequests } from "@plp/clients";
import type { EventStore } from "@plp/event-store";
import type { LookMessage, MergeMessage, RestoreMessage } from "@plp/messaging";
import type { Clock, Log, Settings } from "@plp/runtime";
import type { WaitingLine } from "@plp/usage";

/** A merge request as GitLab shows it at this moment. */
export type MergeRequest = GitlabMergeRequest;

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
export interface Gitlab
  extends Pick<
    GitlabMergeRequests,
    "get" | "getOrNull" | "find" | "newest" | "opened" | "approvedBy" | "notes" | "self"
  > {
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
  /** It is no longer set to merge once its pipeline succeeds. */
  unsetToMerge(iid: number): Promise<void>;
  /** Exactly one note of ours that begins with this mark, brought to this text. */
  note(iid: number, mark: string, text: string): Promise<void>;
}

/** Where people are told that a decision is needed. Faults, none of which names its address: `chat-…`. */
export interface Chat {
  say(text: string): Promise<void>;
}

export interface PublishPorts {
  readonly store: EventStore;
  /** One per project of the settings. */
  readonly gitlabs: readonly Gitlab[];
  readonly send: {
    merge(message: MergeMessage | RestoreMessage): Promise<void>;
    /** A little later: GitLab may need a moment until all of its answers say the same. */
    reviews(message: LookMessage): Promise<void>;
  };
  /** Null: the settings want nobody told. */
  readonly chat: Chat | null;
  /** Where requests wait for others of their repository to be decided. */
  readonly waiting: WaitingLine;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
}
