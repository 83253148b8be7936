import type { BacktestRequest } from "./commands/backtest.ts";
import type { MergeRequest } from "./commands/merge.ts";
import type { Given } from "./moment.ts";
import { type Common, collect, type Registering, time, wholeNumber } from "./registering.ts";

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

/** The commands that work on files alone, without any system. */
export function registerFiles({ add, show, terminal }: Registering): void {
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
}
