import type { DoctorOptions } from "./commands/doctor.ts";
import type { RollbackOptions } from "./commands/rollback.ts";
import { collect, type Read, type Registering, wholeNumber } from "./registering.ts";
import type { Api } from "./state/api.ts";

/** The commands that ask the running system, and those by which people act on it. */
export function registerRunning({ addAct, addRead, place, show, terminal }: Registering): void {
  const withApi = async <T>(state: string | undefined, use: (api: Api) => Promise<T>): Promise<T> => {
    const { openApi } = await import("./state/api.ts");
    return use(await openApi(place(state)));
  };

  addAct("status", "show queues, runs under way and lanes of the running system", "status").action(
    async ({ json, state }: Read) => {
      const { statusOf } = await import("./commands/status.ts");
      await show(withApi(state, statusOf), json);
    },
  );

  addAct("pause", "no new rounds, until they are resumed", 'pause --reason "migration of the trail"')
    .option("--reason <text>", "why, for those who wonder")
    .action(async ({ json, state, reason }: Read & { reason?: string }) => {
      const { pause } = await import("./commands/acts.ts");
      await show(
        withApi(state, (api) => pause(api, reason)),
        json,
      );
    });

  addAct("resume", "new rounds again", "resume").action(async ({ json, state }: Read) => {
    const { resume } = await import("./commands/acts.ts");
    await show(withApi(state, resume), json);
  });

  addAct(
    "rollback",
    "ask for a request that brings a role's policy back to an earlier version; the history only grows",
    "rollback shop-prod --to 12 --only sqs:PurgeQueue",
  )
    .argument("<role>", "ARN, or a part of one that only one role has")
    .requiredOption(
      "--to <version>",
      "version of the role's history whose approved policy returns",
      wholeNumber,
    )
    .option("--only <action>", "only what concerns this action; may be given again", collect, [])
    .option("--dry-run", "show what would return and what would go, and ask for nothing")
    .option("--yes", "do not ask first (nor does --json)")
    .action(
      async (
        role: string,
        { json, state, yes, ...options }: Read & RollbackOptions & { readonly yes?: boolean },
      ) => {
        const [{ askForRollback }, { confirmAt }] = await Promise.all([
          import("./commands/rollback.ts"),
          import("./confirm.ts"),
        ]);
        const isWanted = yes === true || json === true;
        const confirm = isWanted ? null : confirmAt(terminal, process.stdin, "Open a request for this?");
        await show(
          withApi(state, (api) => askForRollback(api, role, options, confirm)),
          json,
        );
      },
    );

  addAct("redrive", "send the dead letters of a queue into it again", "redrive merge")
    .argument("<queue>", "its name, as plp status shows it")
    .action(async (queue: string, { json, state }: Read) => {
      const { redrive } = await import("./commands/acts.ts");
      await show(
        withApi(state, (api) => redrive(api, queue)),
        json,
      );
    });

  addRead(
    "doctor",
    "check every prerequisite; for each failure the cause and the line that repairs it",
    "doctor",
  )
    .option("--account <id>", "only this account; default: those of all roles in scope")
    .action(async ({ json, state, ...options }: Read & DoctorOptions) => {
      const { doctor } = await import("./commands/doctor.ts");
      await show(doctor(place(state), options), json);
    });

  addAct("round", "start a round now, as the schedule would", "round --wait")
    .option("--application <name>", "only this application")
    .option("--dry-run", "do everything but write to GitLab")
    .option("--wait", "wait until nothing is in flight, and print the summary")
    .action(
      async ({
        json,
        state,
        wait,
        application,
        dryRun,
      }: Read & { wait?: boolean; application?: string; dryRun?: boolean }) => {
        const { round } = await import("./commands/round.ts");
        await show(round(place(state), { application, wait, dryRun }), json);
      },
    );
}
