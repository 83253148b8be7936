import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { type Clock, type Log, permanent, silentLog, systemClock } from "@plp/runtime";
import type { Deployer } from "../aws/iam/deployer.ts";
import type { LocalOrganization } from "../organization.ts";
import { tokensOf, userOfRequest } from "./access.ts";
import { type Context, project, serial } from "./context.ts";
import { prepareRepository } from "./git/prepare.ts";
import { openRepository } from "./git/repository.ts";
import { installHooks } from "./git-http.ts";
import { deliveries } from "./hooks/deliveries.ts";
import { finishMerges, followBranches } from "./merge-requests.ts";
import { noPipelines, startPipelines } from "./pipelines/runner.ts";
import { answer } from "./server.ts";
import { openStore } from "./store.ts";

export interface LocalGitlabOptions {
  /** The state directory; everything lies in its `gitlab` folder. One process at a time opens it. */
  readonly state: string;
  readonly organization: LocalOrganization;
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** A git repository to begin with, in place of the organization's files. Only read at the first start. */
  readonly clone?: string;
  /** The AWS that pipelines plan and apply in; without one none ever runs. */
  readonly deployer?: Deployer;
  readonly clock?: Clock;
  /** Milliseconds before each further try of a hook that does not answer or answers 5xx. */
  readonly hookRetryAfter?: readonly number[];
  /** For failures of our own; the client is told of them too, by a 500. */
  readonly log?: Log;
}

export interface LocalGitlab {
  /** Without `/api/v4`. */
  readonly url: string;
  readonly project: { readonly id: number; readonly path: string };
  /** The bot's. */
  readonly token: string;
  readonly tokens: ReadonlyMap<string, string>;
  /** The project's page. */
  readonly webUrl: string;
  readonly cloneUrl: string;
  readonly defaultBranch: string;
  /** Once no pipeline runs and no hook is being told anything. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * A GitLab on 127.0.0.1: a subset of API v4 (17.11), git over HTTP and a page per merge request, over a real bare
 * repository. It goes on from what an earlier process left in `state`, however that ended. Faults are permanent:
 * `local-gitlab-clone`, `local-gitlab-state`, `local-gitlab-port`.
 */
export async function startLocalGitlab(options: LocalGitlabOptions): Promise<LocalGitlab> {
  const clock = options.clock ?? systemClock;
  // Git runs elsewhere: a relative path would be another one there.
  const folder = resolve(options.state, "gitlab");
  const directory = join(folder, "repository.git");
  const defaultBranch = await prepareRepository(directory, options, clock.now());
  await installHooks(directory);
  const store = await openStore(folder, options.organization.users, clock.now());
  let origin = "";
  const repository = openRepository(directory);
  const log = options.log ?? silentLog;
  const told = deliveries({
    store,
    clock,
    log,
    origin: () => origin,
    retryAfter: options.hookRetryAfter ?? [1000, 5000],
  });
  const base = {
    repository,
    store,
    clock,
    log,
    defaultBranch,
    deliveries: told,
    origin: () => origin,
    exclusive: serial(),
  };
  // The pipelines work on the context that holds them.
  let running = noPipelines;
  const context: Context = {
    ...base,
    get pipelines() {
      return running;
    },
  };
  const bot = store.instance.users.find((user) => user.bot) ?? store.instance.users[0];
  if (bot === undefined) {
    throw permanent("local-gitlab-state", "the organization has no users: give it at least the bot");
  }
  await finishMerges(context);
  await followBranches(context, bot);
  if (options.deployer !== undefined) running = startPipelines(context, options.deployer);

  const handle = answer(context, (request, url) => userOfRequest(context, request, url));
  const server = createServer(
    (incoming: IncomingMessage, response: ServerResponse) => void handle(incoming, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        permanent(
          "local-gitlab-port",
          `the local GitLab cannot listen on port ${options.port ?? 0} (${error.code}): choose another`,
        ),
      ),
    );
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokens = tokensOf(context);
  return {
    url: origin,
    project: { id: project.id, path: project.fullPath },
    token: tokens.get(bot.username) ?? "",
    tokens,
    webUrl: `${origin}/${project.fullPath}`,
    cloneUrl: `${origin}/${project.fullPath}.git`,
    defaultBranch,
    settled: async () => {
      await running.settled();
      await told.settled();
    },
    stop: async () => {
      await running.stop();
      await told.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await context.exclusive(async () => repository.stop());
    },
  };
}
