import { accounts, type EnvironmentPlan, keyId, pipelineRole } from "./applications.ts";
import { arn, type Call, calls, failed, type Place, refused, roleArn } from "./call.ts";
import { job } from "./pipeline.ts";
import { random } from "./random.ts";
import { type LoggedEvent, record } from "./record.ts";
import { assumedRole, awsCli, uniqueIdOf } from "./session.ts";

const hour = 3_600_000;

interface Incident {
  readonly role: string;
  readonly hoursAgo: readonly number[];
  readonly calls: (place: Place, session: string) => readonly Call[];
}

/** What went wrong in pipelines: refused calls, and one that AWS throttled. */
const incidents: readonly Incident[] = [
  {
    role: "shop-prod",
    hoursAgo: [97, 74, 50.5, 2.5],
    calls: (place, session) => {
      const worker = roleArn(place, "shop-order-worker");
      return [
        refused(
          calls(place, "iam").read("GetRole", { roleName: "shop-order-worker" }, worker),
          session,
          "identity",
        ),
      ];
    },
  },
  {
    role: "shop-prod",
    hoursAgo: [101],
    calls: (place, session) => {
      const key = arn(place, "kms", `key/${keyId(place)}`);
      const request = { keyId: keyId(place), pendingWindowInDays: 30 };
      return [refused(calls(place, "kms").write("ScheduleKeyDeletion", request, key), session, "scp", true)];
    },
  },
  {
    role: "catalog-test",
    hoursAgo: [53, 29],
    calls: (place, session) => {
      const name = "catalog-api-5xx";
      const put = calls(place, "monitoring").write(
        "PutMetricAlarm",
        { alarmName: name },
        arn(place, "cloudwatch", `alarm:${name}`),
        {
          action: "cloudwatch:PutMetricAlarm",
        },
      );
      return [refused(put, session, "identity")];
    },
  },
  {
    role: "billing-prod",
    hoursAgo: [56, 31.5, 5],
    calls: (place, session) => {
      const target = arn(place, "rds", "cluster:*");
      return [refused(calls(place, "rds").read("DescribeDBClusters", {}, target), session, "identity", true)];
    },
  },
  {
    role: "billing-test",
    hoursAgo: [33],
    calls: (place, session) => [
      refused(
        calls(place, "ec2").read("DescribeVpcs", { vpcSet: {}, filterSet: {} }, "*"),
        session,
        "identity",
        true,
      ),
    ],
  },
  {
    role: "search-prod",
    hoursAgo: [26, 3.5],
    calls: (place, session) => {
      const repositoryName = `search-indexer-${place.environment}`;
      const target = arn(place, "ecr", `repository/${repositoryName}`);
      const request = { registryId: place.accountId, repositoryName };
      return [
        refused(
          calls(place, "ecr").write("StartLifecyclePolicyPreview", request, target),
          session,
          "identity",
        ),
      ];
    },
  },
  {
    role: "shop-test",
    hoursAgo: [55],
    calls: (place) => [
      calls(place, "ssm").read("DescribeParameters", null, "*", {
        failure: failed("ThrottlingException", "Rate exceeded"),
      }),
    ],
  },
];

export function incidentEvents(environment: EnvironmentPlan, seed: string, end: number): LoggedEvent[] {
  const { place } = environment;
  const name = `${place.application}-${place.environment}`;
  const events: LoggedEvent[] = [];
  for (const [index, incident] of incidents.entries()) {
    if (incident.role !== name) continue;
    for (const [time, hours] of incident.hoursAgo.entries()) {
      const number = 95_000 + index * 100 + time;
      const session = `arn:aws:sts::${place.accountId}:assumed-role/${name}/${name}-${number}`;
      events.push(...job(place, seed, number, end - hours * hour, incident.calls(place, session)));
    }
  }
  return name === "shop-prod" ? [...events, ...outsider(place, seed, end - 45.75 * hour)] : events;
}

/** Someone used the pipeline's session by hand, from outside the runners' network. */
function outsider(place: Place, seed: string, startedAt: number): LoggedEvent[] {
  const role = pipelineRole(place);
  const session = assumedRole({
    roleArn: role,
    uniqueId: uniqueIdOf(role),
    name: `${place.application}-${place.environment}-88214`,
    startedAt: startedAt - 1_260_000,
    sourceIPAddress: "198.51.100.77",
    userAgent: awsCli,
  });
  const draw = random(seed, "outsider");
  const secret = arn(place, "secretsmanager", "secret:shop/prod/db-8kQ2Lx");
  const user = `arn:aws:iam::${accounts.commerce}:user/monitoring-export`;
  const list = refused(
    calls(place, "iam").read("ListAccessKeys", { userName: "monitoring-export" }, user),
    session.arn,
    "identity",
  );
  return [
    record(
      calls(place, "secretsmanager").read("GetSecretValue", { secretId: secret }, secret),
      session,
      startedAt,
      draw,
    ),
    record(list, session, startedAt + 48_000, draw),
    record(list, session, startedAt + 71_000, draw),
  ];
}
