import type { AuditOptions } from "./commands/audit.ts";
import type { Given } from "./moment.ts";
import { remark } from "./output.ts";
import { type Read, type Registering, time, wholeNumber } from "./registering.ts";
import type { ReplayOptions } from "./render/replayed-role.ts";

/** The commands that read the history, and the one that remakes its index. */
export function registerHistory({ addRead, place, show, terminal }: Registering): void {
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
}
