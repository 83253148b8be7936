import * as z from "zod";
import { deployment } from "./settings-deployment.ts";

const accountId = z.string().regex(/^\d{12}$/, 'a 12-digit account id such as "111122223333"');
const text = (expected: string) => z.string({ error: expected }).min(1, expected).max(200, expected);
const texts = (expected: string) => z.array(text(expected), { error: `a list, each entry ${expected}` });
const days = (least: number, most: number) => {
  const expected = `a whole number of days from ${least} to ${most}`;
  return z.int({ error: expected }).min(least, expected).max(most, expected);
};

const regionText = 'an AWS Region such as "eu-central-1"';
const region = z.string({ error: regionText }).regex(/^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/, regionText);

const roleNameText =
  'the name of a role, with its path where it has one, such as "plp/reader" (no ARN: it is the same in every account)';
const roleName = z
  .string({ error: roleNameText })
  .max(512, roleNameText)
  .regex(/^(?:[\w+=,.@-]{1,128}\/){0,8}[\w+=,.@-]{1,64}$/, roleNameText);

const pathText = 'a path of IAM that begins and ends with a slash, such as "/ci/"';

const trailArnText =
  'the ARN of a CloudTrail trail such as "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization"';
const bucketText = 'the name of an S3 bucket such as "organization-trail-logs"';
const prefixText = 'an S3 key prefix without a slash at either end, such as "audit"';
const keyText =
  'the ARN of a KMS key such as "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"';
const organizationText = 'the id of the organization such as "o-a1b2c3d4e5"';

const dataEventText = 'a resource type of CloudTrail such as "AWS::S3::Object"';

const trail = z.strictObject({
  /** Which trail Access Analyzer reads. Wrong: every start of an analysis fails, and the run says why. */
  arn: z
    .string({ error: trailArnText })
    .regex(/^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail\/[A-Za-z0-9._-]{3,128}$/, trailArnText),
  /** Where its log files lie. Wrong: the trail reader records every hour as missing, and nothing is ever removed. */
  bucket: z.string({ error: bucketText }).regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, bucketText),
  /** What stands before `AWSLogs/` in the keys. Default: nothing. Example: "audit". Wrong: as with `bucket`. */
  prefix: z
    .string({ error: prefixText })
    .max(200, prefixText)
    .regex(/^[^/\s][^\s]*[^/\s]$|^[^/\s]$/, prefixText)
    .optional(),
  /** Of an organization trail: its keys have `AWSLogs/<this>/<account>`. Default: a trail of one account. Wrong: as with `bucket`. */
  organization_id: z
    .string({ error: organizationText })
    .regex(/^o-[a-z0-9]{10,32}$/, organizationText)
    .optional(),
  /** The KMS key that encrypts them. Default: none of yours. Wrong: every file is refused, and the hours are missing. */
  key_arn: z
    .string({ error: keyText })
    .regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/, keyText)
    .optional(),
  /**
   * The resource types whose data events it records, as CloudTrail names them. Default: none. Example:
   * ["AWS::S3::Object", "AWS::DynamoDB::Table"]. One too many: permissions are held for unused that nobody could see used.
   */
  data_events: z
    .array(z.string({ error: dataEventText }).regex(/^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$/, dataEventText), {
      error: `a list, each entry ${dataEventText}`,
    })
    .default([]),
  /** The Region of the bucket. Default: the Region of the trail. Wrong: S3 redirects, and the hours are missing. */
  region: region.optional(),
});

const roles = z.strictObject({
  /** What PLP assumes in every account to read and analyse, e.g. "plp/reader". Wrong: the runs of that account fail with AccessDenied. */
  reader: roleName,
  /** What Access Analyzer assumes there to read the trail, e.g. "plp/analyzer". Wrong: every analysis fails, and the run says why. */
  analyzer_service_role: roleName,
  /** The path of the deployment roles and their policies: PLP reads nothing else. Default "/": all. Wrong: runs fail with AccessDenied. */
  deployment_path: z
    .string({ error: pathText })
    .regex(/^\/(?:[\w+=,.@-]{1,64}\/){0,4}$/, pathText)
    .default("/"),
});

const urlText =
  'the https address of a GitLab such as "https://gitlab.example.com", without user or password';
const projectText = 'the path or number of a project, such as "platform/iam"';
const branchText = 'the name of a branch such as "main"';

const repository = z.strictObject({
  /** The GitLab that holds the repository (plain http only on this machine). Wrong: discovery fails and says so. */
  url: z.string({ error: urlText }).refine(isGitLabUrl, { error: urlText }),
  /** The project, by path or number. Wrong: discovery fails with "not found"; nothing is ever written. */
  project: z.union(
    [
      z
        .string()
        .regex(/^[\w][\w.-]*(?:\/[\w][\w.-]*)*$/)
        .max(255),
      z.int().positive().transform(String),
    ],
    { error: projectText },
  ),
  /** Where the policies live and what requests aim at. Default "main". Wrong: discovery finds no commit and says so. */
  target_branch: z
    .string({ error: branchText })
    .max(200, branchText)
    .regex(/^(?![-/.])(?!.*(?:\.\.|\/\/|@\{))[\w./+@-]*[\w+@-]$/, branchText)
    .default("main"),
});

const scheduleText =
  'a schedule of EventBridge Scheduler: "cron(0 4 ? * MON *)" with its six fields, or "rate(7 days)"';
const zoneText = 'a time zone of the IANA list such as "Europe/Berlin" or "UTC"';

const round = z.strictObject({
  /** When a round begins. Default: Mondays at four. Wrong: the deployment fails; a round too often finds nothing new. */
  schedule: z
    .string({ error: scheduleText })
    .regex(
      /^(?:cron\([\d*?,/LW#A-Z-]+(?: [\d*?,/LW#A-Z-]+){5}\)|rate\([1-9]\d{0,3} (?:minute|hour|day)s?\))$/,
      scheduleText,
    )
    .default("cron(0 4 ? * MON *)"),
  /** Whose clock the schedule goes by. Default "UTC". Wrong: rounds begin at another hour, nothing is lost. */
  time_zone: z.string({ error: zoneText }).refine(isTimeZone, { error: zoneText }).default("UTC"),
});

const analyzerText = '"both", "access-analyzer" or "trail"';
const analyzer = z.enum(["both", "access-analyzer", "trail"], { error: analyzerText });

/** Who answers: for most accounts, and for those (by id) that are different. */
interface AnalyzerChoice {
  readonly default: z.output<typeof analyzer>;
  readonly per_account: Readonly<Record<string, z.output<typeof analyzer>>>;
}

const actionPatternText =
  'an action, where * stands for anything, such as "iam:CreateUser" or "organizations:*"';
const actionPatterns = z.array(
  z
    .string({ error: actionPatternText })
    .max(200, actionPatternText)
    .regex(/^(?:\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+)$/, actionPatternText),
  { error: `a list, each entry ${actionPatternText}` },
);

const openText = "a whole number from 1 to 1000, or null";
const checkText = "true or false";

const rolePatternText = 'the ARN of a role, where * stands for anything, such as "arn:aws:iam::*:role/plp/*"';
const cidrText = 'a network such as "10.0.0.0/8" or "2001:db8::/32"';
const runnerText = "a text of 1 to 200 characters";
const usernameText = 'a GitLab user name such as "s.engineer" (without @)';
const labelText = 'a label such as "least-privilege" (without a comma)';

/** The shape of plp.config.ts. Unknown options are errors: a misspelt one would else silently be the default. */
export const settingsSchema = z.strictObject({
  trail,
  roles,
  /** The IAM repositories, at least one. Wrong entries fail on their own; the others go on. */
  repositories: z
    .array(repository, { error: "a list of at least one repository" })
    .min(1, "at least one repository")
    .refine(isDistinct, { error: "each project once" }),
  round: round.prefault({}),
  /**
   * Who says what a role used: Access Analyzer, the trail, or (default) both, so that denied calls are known apart.
   * Example: `{ default: "both", per_account: { "111122223333": "trail" } }` where one account has no analyzer.
   * Wrong: the runs of that account fail and say what is missing.
   */
  analyzer: z
    .union(
      [
        analyzer.transform((kind): AnalyzerChoice => ({ default: kind, per_account: {} })),
        z.strictObject({
          default: analyzer.default("both"),
          per_account: z.record(accountId, analyzer).default({}),
        }),
      ],
      { error: `${analyzerText}, or { default, per_account: { "<account id>": one of these } }` },
    )
    .prefault("both"),
  /** Least length of a window. Default 7. Too small: little evidence per round; too big: the first round reads much. */
  window_days: days(1, 90).default(7),
  /** Days without anything new before PLP proposes to enforce. Default 14. Too small: something rare is missing after. */
  quiet_days: days(0, 365).default(14),
  /** How long a permission may be unused before its removal is proposed. Default 90. Too small: yearly work breaks. */
  retention_days: days(1, 3650).default(90),
  /** After how long a rejected permission may be proposed again. Default null: never. Too small: reviewers are asked again. */
  rejection_days: days(1, 3650).nullable().default(null),
  limits: z
    .strictObject({
      /**
       * How many requests of one repository may wait for people at once; of the others, that which waits longest is opened
       * next. What is urgent passes: refused calls of enforced roles, and what a person asked for. Default 10; null: no limit.
       * Too small: changes wait; too big: reviewers drown.
       */
      open: z.int({ error: openText }).min(1, openText).max(1000, openText).nullable().default(10),
    })
    .prefault({}),
  /** Whom requests are assigned to (GitLab user names). Default: nobody. A name that GitLab does not know is left out and logged. */
  assign: z
    .array(
      z
        .string({ error: usernameText })
        .max(255, usernameText)
        .regex(/^\w[\w.-]*$/, usernameText),
      { error: `a list, each entry ${usernameText}` },
    )
    .default([]),
  /**
   * Is a chat told, by a web hook as Slack and Mattermost have it, when a decision is newly needed? Default false. Its address
   * is the secret `NotifyUrl` of the deployment. Wrong address: nobody is told, requests are opened all the same.
   */
  notify: z.boolean({ error: checkText }).default(false),
  /** Labels of requests. Default: none. GitLab makes what it lacks. */
  labels: z
    .array(
      z
        .string({ error: labelText })
        .max(100, labelText)
        .regex(/^[^,\r\n]+$/, labelText),
      { error: `a list, each entry ${labelText}` },
    )
    .default([]),
  /**
   * Actions that PLP never proposes, however much they are used: the request says that they are used. Example:
   * ["iam:CreateUser", "organizations:*"]. Default: none. Too wide: pipelines that need them are never ready to enforce.
   */
  never: actionPatterns.default([]),
  /**
   * Actions that PLP asks about instead of proposing them; who wants them adds them to the file. Example:
   * ["kms:*", "*:Delete*"]. Default: none. Too wide: reviewers write by hand what PLP would have written.
   */
  ask: actionPatterns.default([]),
  /** Which of AWS's own checks of policies are asked for. Wrong: they are missing in requests, or cost more than wanted. */
  aws_checks: z
    .strictObject({
      /** ValidatePolicy on every proposal, free of charge. Default true. */
      validate_policy: z.boolean({ error: checkText }).default(true),
      /** CheckNoNewAccess against the old policy, for reductions; paid per call. Default false. */
      no_new_access: z.boolean({ error: checkText }).default(false),
      /** CheckAccessNotGranted for what `never` says, on every proposal; paid per call. Default false. */
      not_granted: z.boolean({ error: checkText }).default(false),
    })
    .prefault({}),
  /**
   * Roles that PLP must not touch, beside its own: above all those that manage IAM. Patterns of ARNs. Default: none.
   * Wrong: PLP would propose policies for the roles that apply them.
   */
  never_analyse: z
    .array(
      z
        .string({ error: rolePatternText })
        .max(400, rolePatternText)
        .regex(/^(?:arn|\*)[^\s]*$/, rolePatternText),
      { error: `a list, each entry ${rolePatternText}` },
    )
    .default([]),
  /**
   * May discovery read the Terraform state that GitLab keeps, where a folder has no plp.outputs.json? Default false:
   * it shows the bot every secret of that state. Wrong: applications without the file are refused, and told so.
   */
  terraform_state: z.boolean({ error: "true or false" }).default(false),
  ...deployment,
  /** What tells pipelines from people who assume the same role. Default: all use counts. Wrong: use is flagged as not from a runner. */
  runners: z
    .strictObject({
      /** Where runners call from, e.g. ["10.0.0.0/8"]. */
      networks: z
        .array(z.union([z.cidrv4(), z.cidrv6()], { error: cidrText }), {
          error: `a list, each entry ${cidrText}`,
        })
        .default([]),
      /** Patterns of their user agents, e.g. ["*Terraform/*"]. */
      user_agents: texts(runnerText).default([]),
      /** Patterns of their session names, e.g. ["gitlab-*"]. */
      sessions: texts(runnerText).default([]),
    })
    .prefault({}),
});

function isGitLabUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const here = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.username || url.password || url.search || url.hash) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && here);
}

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function isDistinct(repositories: readonly { readonly url: string; readonly project: string }[]): boolean {
  return new Set(repositories.map(({ url, project }) => `${url} ${project}`)).size === repositories.length;
}
