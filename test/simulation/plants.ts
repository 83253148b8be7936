import { randomUUID } from "node:crypto";
import type { EventStore } from "@plp/event-store";
import type { Ids } from "@plp/runtime";
import { permanent } from "@plp/runtime";
import type { Analyzer, ReadUsage } from "../../services/analysis-poller/src/ports.ts";
import type { Gitlab } from "../../services/mr-publisher/src/ports.ts";
import type { Gitlab as ReviewGitlab } from "../../services/review/src/ports.ts";
import type { Task } from "./turns.ts";

/** A mistake, made where the system meets its ports: nothing of it is in the system itself. */
export interface Plant {
  readonly store?: (store: EventStore) => EventStore;
  readonly send?: (task: Task, send: () => Promise<void>) => Promise<void>;
  /** Runs when the message is deleted. */
  readonly afterAck?: (task: Task) => Promise<void>;
  readonly deduplication?: (ids: Ids, lastSent: () => string) => Ids;
  readonly analyzer?: (analyzer: Analyzer) => Analyzer;
  readonly gitlab?: (gitlab: Gitlab) => Gitlab;
  readonly reviews?: (gitlab: ReviewGitlab) => ReviewGitlab;
  readonly readUsage?: (read: ReadUsage) => ReadUsage;
}

/** Mistakes that the simulation must find, each made anew for a run. */
export const plants = {
  "a delivery that finds its commit done returns without sending": (): Plant => ({
    send: async (task, send) => {
      // A round writes nothing by itself, so it has nothing to find done.
      if (task.wrote || task.name.startsWith("rounds")) await send();
    },
  }),

  "a message is acknowledged before what follows from it is sent": (): Plant => {
    const late = new Map<Task, (() => Promise<void>)[]>();
    return {
      send: async (task, send) => {
        late.set(task, [...(late.get(task) ?? []), send]);
      },
      afterAck: async (task) => {
        for (const send of late.get(task) ?? []) await send();
      },
    };
  },

  "the deduplication id of publish messages is the application": (): Plant => ({
    deduplication: (_ids, lastSent) => ({ next: lastSent }),
  }),

  "commit ids are random": (): Plant => ({
    store: (store) => ({
      ...store,
      append: (stream, head, events, options) =>
        store.append(stream, head, events, { ...options, commitId: randomUUID() }),
    }),
  }),

  "the client token of a generation is fresh for every start": (): Plant => {
    let starts = 0;
    return {
      analyzer: (analyzer) => ({
        ...analyzer,
        start: (lane, job) => {
          starts += 1;
          return analyzer.start(lane, { ...job, clientToken: `token-${starts}` });
        },
      }),
    };
  },

  "a 409 of Access Analyzer is taken for a refusal": (): Plant => ({
    analyzer: (analyzer) => ({
      ...analyzer,
      start: async (lane, job) => {
        const started = await analyzer.start(lane, job);
        if (started.kind === "busy")
          throw permanent("aws-ConflictException", "another generation is running");
        return started;
      },
    }),
  }),

  "an append at a head that is not the newest is accepted": (): Plant => ({
    store: (store) => ({
      ...store,
      async append(stream, head, events, options) {
        const result = await store.append(stream, head, events, options);
        if (result.kind !== "conflict") return result;
        return store.append(stream, (await store.load(stream)).head, events, options);
      },
    }),
  }),

  "a request is pushed to after its title lost Draft:": (): Plant => ({
    gitlab: (gitlab) => ({
      ...gitlab,
      get: async (iid) => ({ ...(await gitlab.get(iid)), draft: true }),
    }),
  }),

  "a denied call counts as seen": (): Plant => ({
    readUsage: (read) => (files) => {
      const { roles, bad } = read(files);
      const seen = roles.map((role) => ({
        ...role,
        permissions: role.permissions.map((found) => ({
          ...found,
          authorized: found.authorized + found.denied,
          denied: 0,
        })),
      }));
      return { roles: seen, bad };
    },
  }),
} satisfies Record<string, () => Plant>;

export type PlantName = keyof typeof plants;
