import { Command, InvalidArgumentError } from "commander";
import type { AuditOptions } from "./commands/audit.ts";
import type { BacktestRequest } from "./commands/backtest.ts";
import type { DoctorOptions } from "./commands/doctor.ts";
import type { MergeRequest } from "./commands/merge.ts";
import type { RollbackOptions } from "./commands/rollback.ts";
import { type Given, momentOf } from "./moment.ts";
import { type Answer, print, remark } from "./output.ts";
import type { ReplayOptions } from "./render/replayed-role.ts";
import type { Session } from "./session.ts";
import type { Api } from "./state/api.ts";
import { registerUp } from "./up/command.ts";

/** The command line. Each command's code is loaded when it runs, so that help is quick. */
export function createProgram(session: Session): Command {
  const { terminal } = session;
  const program = new Command("plp")
    .description(
      "Keeps deployment roles at least privilege: finds, merges, proposes and remembers permissions.",
    )
    .option("--debug", "show where an error came from")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      outputError: () => undefined,
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand("help [command]", "say what a command does");

  const add = (name: string, description: string, example: string) =>
    program
      .command(name)
      .description(description)
      .option("--json", "print one JSON document")
      .addHelpText("after", `\nExample:\n  $ npx plp ${example}`);

  const show = async (work: Promise<Answer>, json: boolean | undefined) => {
    const answer = await work;
    print(terminal, answer, json === true);
    session.exit = answer.exit ?? 0;
  };

  const place = (state: string | undefined) => ({ state, env: terminal.env });
  const addRead = (name: string, description: string, example: string) =>
    add(name, description, example).option(
      "--state <dir>",
      "state directory (default: PLP_TABLE on AWS, else .plp)",
    );

  const addAct = (name: string, description: string, example: string) =>
    add(name, description, example).option(
      "--state <dir>",
      "state directory of the running system (default: PLP_API on AWS, else .plp)",
    );

  addRead("roles", "list the roles with a history", "roles --application shop")
    .option("--application <name>", "only those of one application")
    .action(async ({ json, state, application }: Read & { application?: string }) => {
      const [{ roles }, { withHistory }] = await Promise.all([
        import("./commands/roles.ts"),
        import("./state/open-history.ts"),
      ]);
      await show(
        withHistory(place(state), (history) => roles(history, application)),
        json,
      );
    });

  addRead("history", "list the events of a role, oldest first", "history shop-prod --since 2026-11-01")
    .argument("<role>", "ARN, or a part of one that only one role has")
    .option("--since <time>", "date or moment (UTC)", time("--since"))
    .option("--until <time>", "date or moment (UTC)", time("--until"))
    .action(async (role: string, { json, state, since, until }: Read & { since?: Given; until?: Given }) => {
      const [{ history }, { withHistory }] = await Promise.all([
        import("./commands/history.ts"),
        import("./state/open-history.ts"),
      ]);
      await show(
        withHistory(place(state), (opened) => history(opened, role, { since, until })),
        json,
      );
    });

  addRead(
    "replay",
    "say what a role could do at a moment, since when, on which evidence, and who approved it",
    "replay shop-prod --at 2026-11-16",
  )
    .argument("<role>", "ARN, or a part of one that only one role has")
    .option("--at <time>", "date (the whole UTC day) or moment", time("--at"))
    .option("--version <n>", "version of the role's history", wholeNumber)
    .option("--known-at <time>", "only what was written down by then", time("--known-at"))
    .option("--all", "show every permission")
    .action(async (role: string, { json, state, ...options }: Read & ReplayOptions) => {
      const [{ replay }, { withHistory }] = await Promise.all([
        import("./commands/replay.ts"),
        import("./state/open-history.ts"),
      ]);
      await show(
        withHistory(place(state), (opened) => replay(opened, role, options)),
        json,
      );
    });

  addRead(
    "changes",
    "say what came to and went from a role's approved policy between two moments",
    "changes shop-prod --from 2026-11-16 --to 2026-11-23",
  )
    .argument("<role>", "ARN, or a part of one that only one role has")
    .requiredOption("--from <time>", "date (its beginning, UTC) or moment", time("--from"))
    .requiredOption("--to <time>", "date (its end, UTC) or moment", time("--to"))
    .action(async (role: string, { json, state, from, to }: Read & { from: Given; to: Given }) => {
      const [{ changes }, { withHistory }] = await Promise.all([
        import("./commands/changes.ts"),
        import("./state/open-history.ts"),
      ]);
      await show(
        withHistory(place(state), (opened) => changes(opened, role, { from, to })),
        json,
      );
    });

  addRead(
    "audit",
    "search the events of all roles and applications, newest first",
    "audit --action iam:PassRole --since 2026-11-01",
  )
    .option("--role <role>", "ARN, or a part of one that only one role has")
    .option("--application <name>", "only of one application")
    .option("--account <id>", "only of roles of one account")
    .option("--type <type>", "only one type of event, such as ProposalApproved")
    .option("--actor <name>", "only what this person or service decided or did")
    .option("--action <glob>", "only what concerns this action, such as iam:PassRole or s3:Get*")
    .option("--since <time>", "date or moment (UTC)", time("--since"))
    .option("--until <time>", "date or moment (UTC)", time("--until"))
    .option("--limit <n>", "events of a page", wholeNumber, 50)
    .option("--cursor <cursor>", "where the page before ended")
    .action(async ({ json, state, ...options }: Read & AuditOptions) => {
      const [{ audit }, { withHistory }] = await Promise.all([
        import("./commands/audit.ts"),
        import("./state/open-history.ts"),
      ]);
      await show(
        withHistory(place(state), (opened) => audit(opened, options)),
        json,
      );
    });

  addRead(
    "who-can",
    "say which roles may do something, since when, and who approved it",
    "who-can iam:PassRole",
  )
    .argument("<action>", "one action, such as iam:PassRole")
    .option("--resource <arn>", "on this resource; with wildcards: on all that it matches")
    .action(async (action: string, { json, state, resource }: Read & { resource?: string }) => {
      const [{ whoCan }, { withHistory }] = await Promise.all([
        import("./commands/who-can.ts"),
        import("./state/open-history.ts"),
      ]);
      await show(
        withHistory(place(state), (opened) => whoCan(opened, action, resource)),
        json,
      );
    });

  addRead("verify", "check that the history is as it was written; exit 1 when it is not", "verify shop-prod")
    .argument("[role]", "ARN, or a part of one that only one role has; default: everything")
    .option("--git <dir>", "also against the commits of PLP in this checkout of the IAM repository")
    .action(async (role: string | undefined, { json, state, git }: Read & { git?: string }) => {
      const [{ verify }, { withHistory }] = await Promise.all([
        import("./commands/verify.ts"),
        import("./state/open-history.ts"),
      ]);
      await show(
        withHistory(place(state), (opened) => verify(opened, role, { git }, new Date())),
        json,
      );
    });

  addRead(
    "export",
    "write histories as JSON Lines with their chain (docs/export.md)",
    "export shop-prod > shop-prod.jsonl",
  )
    .argument("[role]", "ARN, or a part of one that only one role has; default: all roles and applications")
    .option("--since <time>", "date or moment (UTC)", time("--since"))
    .option("--until <time>", "date or moment (UTC)", time("--until"))
    .action(
      async (role: string | undefined, { state, since, until }: Read & { since?: Given; until?: Given }) => {
        const [{ exportHistory }, { withHistory }] = await Promise.all([
          import("./commands/export.ts"),
          import("./state/open-history.ts"),
        ]);
        await withHistory(place(state), (opened) =>
          exportHistory(opened, role, { since, until }, terminal.out),
        );
      },
    );

  addRead("show", "show the open proposal of an application, as the reviewer sees it", "show shop --all")
    .argument("<application>", "its name or its folder")
    .option("--all", "show every permission")
    .action(async (application: string, { json, state, all }: Read & { all?: boolean }) => {
      const [{ show: showApplication }, { withHistory }] = await Promise.all([
        import("./commands/show.ts"),
        import("./state/open-history.ts"),
      ]);
      await show(
        withHistory(place(state), (opened) => showApplication(opened, application, all === true)),
        json,
      );
    });

  addRead("rebuild", "remake the index items from the events, while the system goes on", "rebuild").action(
    async ({ json, state }: Read) => {
      const [{ rebuild }, { withRunning }] = await Promise.all([
        import("./commands/rebuild.ts"),
        import("./state/open-history.ts"),
      ]);
      const tell = (streams: number) => {
        if (streams % 1_000 === 0) remark(terminal, `${streams} streams`);
      };
      await show(
        withRunning(place(state), (opened) => rebuild(opened, tell)),
        json,
      );
    },
  );

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

  add(
    "analyze",
    "say what each role used, by CloudTrail logs; exit 1 when a file could not be read",
    "analyze --cloudtrail ./logs --role arn:aws:iam::111122223333:role/ci/shop-prod",
  )
    .requiredOption("--cloudtrail <dir>", PLACE)
    .option("--role <arn>", "only this role; may be given again", collect, [])
    .option("--since <time>", "date or moment (UTC)", time("--since"))
    .option("--until <time>", "date or moment (UTC)", time("--until"))
    .option("--suggest", "also tell what Terraform will need later for what a role made")
    .option("--resume <file>", "keep what was read there now and then, and go on from it")
    .option("--mirror <dir>", MIRROR, DEFAULT_MIRROR)
    .action(
      async ({
        json,
        role,
        ...options
      }: Common & LogOptions & { readonly suggest?: true; readonly resume?: string }) => {
        const { analyze } = await import("./commands/analyze.ts");
        await show(analyze({ ...options, roles: role }, terminal), json);
      },
    );

  add("explain", "say which actions AWS checked for CloudTrail records", "explain record.json")
    .argument("<file>", 'one record, an array, or {"Records": […]}; - is stdin')
    .action(async (file: string, { json }: Common) => {
      const { explain } = await import("./commands/explain.ts");
      await show(explain(file, process.stdin), json);
    });

  add(
    "merge",
    "merge what Access Analyzer generated into a policy",
    "merge --existing prod.json --generated answer.json --environment environment.json",
  )
    .requiredOption("--existing <file...>", "policy document, all its parts in order")
    .requiredOption("--generated <file...>", "policy document, or an answer of GetGeneratedPolicy")
    .option("--environment <file>", "one environment object of the plp output: fills placeholders")
    .action(async ({ json, ...request }: Common & MergeRequest) => {
      const { merge } = await import("./commands/merge.ts");
      await show(merge(request), json);
    });

  add(
    "diff",
    "compare what two policies allow; exit 1 when NEW allows something that OLD does not",
    "diff old.json new.json",
  )
    .argument("<old>", "policy document")
    .argument("<new>", "policy document")
    .action(async (old: string, next: string, { json }: Common) => {
      const { diff } = await import("./commands/diff.ts");
      await show(diff(old, next), json);
    });

  add(
    "fit",
    "put a policy into parts that AWS accepts and that allow just the same; exit 1 when it does not fit",
    "fit policy.json --max 6144",
  )
    .argument("<file>", "policy document")
    .option("--max <characters>", "characters of a part, whitespace not counted", wholeNumber, 6144)
    .action(async (file: string, { json, max }: Common & { max: number }) => {
      const { splitPolicy } = await import("./commands/fit.ts");
      await show(splitPolicy(file, max), json);
    });

  add("risks", "say what could be misused of what a policy grants, the worst first", "risks prod.json")
    .argument("<file>", "policy document")
    .option("--role <arn>", "the role that has it: what it could do to itself weighs more")
    .action(async (file: string, { json, role }: Common & { role?: string }) => {
      const { risks } = await import("./commands/risks.ts");
      await show(risks(file, role), json);
    });

  add(
    "backtest",
    "say which recorded calls of a role a policy would deny; exit 1 when it would deny one",
    "backtest --policy prod.json --cloudtrail ./logs --role arn:aws:iam::111122223333:role/ci/shop-prod",
  )
    .requiredOption("--policy <file...>", "policy document, all its parts")
    .requiredOption("--cloudtrail <dir>", PLACE)
    .requiredOption("--role <arn>", "the role that made the calls")
    .option("--boundary <file>", "policy document of its permissions boundary")
    .option("--mirror <dir>", MIRROR, DEFAULT_MIRROR)
    .action(async ({ json, ...request }: Common & BacktestRequest) => {
      const { backtestPolicy } = await import("./commands/backtest.ts");
      await show(backtestPolicy(request, terminal), json);
    });

  registerUp(program, session);
  return program;
}

interface Common {
  readonly json?: boolean;
}

interface Read extends Common {
  readonly state?: string;
}

const PLACE = "folder with .json and .json.gz logs, at any depth, or s3://BUCKET/FOLDER";
const MIRROR = "where logs of s3:// are kept; what is there is not fetched again";
const DEFAULT_MIRROR = ".plp/logs-of-buckets";

interface LogOptions {
  readonly cloudtrail: string;
  readonly mirror: string;
  readonly role: readonly string[];
  readonly since?: Given;
  readonly until?: Given;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function time(option: string): (text: string) => Given {
  return (text) => momentOf(text, option);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}
