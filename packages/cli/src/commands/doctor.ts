import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { listRoles } from "@plp/audit";
import { awsFault } from "@plp/clients";
import { type Endpoints, readEndpoints } from "@plp/local-cloud";
import { permanent } from "@plp/runtime";
import * as z from "zod";
import { badInput } from "../bad-input.ts";
import { type Answer, plural, type Style } from "../output.ts";
import type { History } from "../state/history.ts";
import { DEFAULT_STATE, type HistoryPlace, withHistory } from "../state/open-history.ts";

const answer = z.object({
  findings: z.array(
    z.object({
      check: z.string(),
      subject: z.string(),
      status: z.enum(["ok", "failed", "unknown"]),
      cause: z.string().nullable(),
      repair: z.string().nullable(),
    }),
  ),
});
type Finding = z.output<typeof answer>["findings"][number];

export interface DoctorOptions {
  /** Only this account. */
  readonly account?: string | undefined;
}

/**
 * `plp doctor`: every prerequisite outside, looked at with the identities that the services have: on AWS by the deployed
 * function `PLP_DOCTOR`, on one machine by the same code against its stand-ins. Exit 1 when something failed.
 */
export async function doctor(place: HistoryPlace, { account }: DoctorOptions): Promise<Answer> {
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw badInput(`--account takes the 12 digits of an account id, not ${JSON.stringify(account)}`);
  const onAws = place.state === undefined && Boolean(place.env.PLP_TABLE);
  const here = onAws ? [] : await machine();
  const endpoints = onAws ? null : readEndpoints(place.state ?? DEFAULT_STATE);
  const found =
    onAws || endpoints !== null
      ? await outside(place, account, endpoints)
      : [notRunning(place.state ?? DEFAULT_STATE)];
  const findings = [...here, ...found];
  const failed = findings.some(({ status }) => status === "failed");
  return { json: findings, people: (style) => text(style, findings), exit: failed ? 1 : 0 };
}

function notRunning(state: string): Finding {
  return {
    check: "the system runs",
    subject: "this machine",
    status: "failed",
    cause: `nothing runs on ${state}, so GitLab and the accounts were not looked at`,
    repair: state === DEFAULT_STATE ? "npm start" : `npm start -- --state ${state}`,
  };
}

async function outside(
  place: HistoryPlace,
  account: string | undefined,
  endpoints: Endpoints | null,
): Promise<readonly Finding[]> {
  const accounts = account === undefined ? await withHistory(place, accountsOf) : [account];
  const event = { accounts };
  return endpoints === null ? invoked(place.env.PLP_DOCTOR, event) : called(endpoints, event);
}

/** The accounts of every role that is in scope. */
async function accountsOf({ index }: History): Promise<readonly string[]> {
  const rows = (await listRoles(index)).filter(({ inScope, retired }) => inScope && !retired);
  return [...new Set(rows.map(({ accountId }) => accountId))].sort();
}

async function invoked(name: string | undefined, event: object): Promise<readonly Finding[]> {
  if (name === undefined)
    throw badInput("PLP_DOCTOR names no function: set it to the one that the deployment prints as doctor");
  const client = new LambdaClient({});
  try {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
    );
    const said = Buffer.from(Payload ?? []).toString("utf8");
    if (FunctionError !== undefined)
      throw permanent("doctor-failed", `${name} failed; its log says why: /aws/lambda/${name}`);
    return answer.parse(JSON.parse(said)).findings;
  } catch (error) {
    throw awsFault(error, `cannot invoke ${name}`);
  } finally {
    client.destroy();
  }
}

/** The function's own code, in the environment that it would have. */
async function called(endpoints: Endpoints, event: object): Promise<readonly Finding[]> {
  Object.assign(process.env, {
    AWS_REGION: endpoints.awsRegion,
    AWS_ACCESS_KEY_ID: endpoints.awsAccessKeyId,
    AWS_SECRET_ACCESS_KEY: endpoints.awsSecretAccessKey,
    AWS_ENDPOINT_URL: endpoints.accessAnalyzer,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    PLP_GITLAB_TOKEN: endpoints.gitlabToken,
    PLP_SETTINGS: endpoints.settings,
  });
  const { handler } = await import("@plp/discovery/doctor.handler");
  return (await handler(event)).findings;
}

async function machine(): Promise<readonly Finding[]> {
  const subject = "this machine";
  const ok = (check: string): Finding => ({ check, subject, status: "ok", cause: null, repair: null });
  const failed = (check: string, cause: string, repair: string): Finding => ({
    ...{ check, subject, status: "failed", cause, repair },
  });
  const node = "Node is 24 or newer";
  const git = "git is there";
  const version = await promisify(execFile)("git", ["--version"]).then(
    () => ok(git),
    () => failed(git, "git does not start", "apt-get install git"),
  );
  const major = Number(process.versions.node.split(".")[0]);
  return [
    major >= 24
      ? ok(node)
      : failed(node, `this is Node ${process.versions.node}`, "npm ci, then npx plp doctor"),
    version,
  ];
}

function text(style: Style, findings: readonly Finding[]): string {
  const mark = { ok: style.good("✔"), failed: style.bad("✘"), unknown: style.warn("?") };
  const lines: string[] = [];
  let subject = "";
  for (const finding of findings) {
    if (finding.subject !== subject) {
      subject = finding.subject;
      if (lines.length > 0) lines.push("");
      lines.push(style.bold(subject));
    }
    lines.push(`  ${mark[finding.status]} ${finding.check}`);
    if (finding.cause !== null) lines.push(`      ${finding.cause}`);
    if (finding.repair !== null) lines.push(`      ${style.dim("→")} ${finding.repair}`);
  }
  const failed = findings.filter(({ status }) => status === "failed").length;
  lines.push(
    "",
    failed === 0 ? style.good("Nothing is missing.") : style.bad(`${plural(failed, "check")} failed.`),
  );
  return lines.join("\n");
}
