import { type Call, calls, type Place } from "./call.ts";
import { random } from "./random.ts";
import { type LoggedEvent, record } from "./record.ts";
import { assumedRole, awsCli, type Session, uniqueIdOf } from "./session.ts";

const hour = 3_600_000;

/** Everybody else in an account: an administrator through single sign-on, a user of a tool, AWS Config, a service. */
export function bystanderEvents(accountId: string, seed: string, end: number, days: number): LoggedEvent[] {
  const place: Place = { application: "", environment: "", accountId, region: "eu-central-1" };
  const draw = random(seed, "bystanders", accountId);
  const ec2 = calls(place, "ec2");
  const looking: readonly Call[] = [
    ec2.read("DescribeInstances", { instancesSet: {}, filterSet: {} }, "*"),
    ec2.read("DescribeVpcs", { vpcSet: {}, filterSet: {} }, "*"),
    calls(place, "s3").read("ListBuckets", { Host: "s3.eu-central-1.amazonaws.com" }, "*", {
      action: "s3:ListAllMyBuckets",
    }),
    calls(place, "lambda").read("ListFunctions20150331", { maxItems: 50 }, "*"),
  ];
  const config: readonly Call[] = [
    ec2.read("DescribeSecurityGroups", { securityGroupSet: {}, filterSet: {} }, "*"),
    ec2.read("DescribeRouteTables", { routeTableIdSet: {}, filterSet: {} }, "*"),
    calls(place, "sqs").read("ListQueues", null, "*"),
    calls(place, "dynamodb").read("ListTables", null, "*", { apiVersion: "2012-08-10" }),
    calls(place, "rds").read("DescribeDBInstances", { maxRecords: 100 }, "*"),
  ];
  const metrics: readonly Call[] = [
    calls(place, "monitoring").read("DescribeAlarms", { maxRecords: 100 }, "*", {
      action: "cloudwatch:DescribeAlarms",
    }),
    calls(place, "sts").read("GetCallerIdentity", null, "*"),
  ];
  const runtimeRole = `arn:aws:iam::${accountId}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`;
  const assume = calls(place, "sts").read(
    "AssumeRole",
    { roleArn: runtimeRole, roleSessionName: "AWSConfig-Describe", durationSeconds: 3600 },
    runtimeRole,
    { type: "AWS::IAM::Role" },
  );
  const events: LoggedEvent[] = [];
  for (let day = 0; day < days; day += 2) {
    const at = Math.floor(end - day * 24 * hour - draw.between(40, 560) * 60_000);
    const people: readonly (readonly [Session, readonly Call[]])[] = [
      [administrator(accountId, at), looking],
      [serviceLinked(at, runtimeRole), config],
      [tool(accountId), metrics],
      [service(accountId), [assume]],
    ];
    let time = at;
    for (const [session, list] of people) {
      for (let round = 0; round < 3; round++) {
        for (const call of list) {
          events.push(record(call, session, time, draw));
          time += draw.between(200, 3000);
        }
      }
    }
  }
  return events;
}

function administrator(accountId: string, startedAt: number): Session {
  const name = "AWSReservedSSO_AdministratorAccess_4f1d2c8a90b3e7d6";
  const roleArn = `arn:aws:iam::${accountId}:role/aws-reserved/sso.amazonaws.com/eu-central-1/${name}`;
  return assumedRole({
    roleArn,
    uniqueId: uniqueIdOf(roleArn),
    name: "operator-1@example.com",
    startedAt,
    sourceIPAddress: "203.0.113.40",
    userAgent: () =>
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  });
}

function serviceLinked(startedAt: number, roleArn: string): Session {
  return assumedRole({
    roleArn,
    uniqueId: uniqueIdOf(roleArn),
    name: "AWSConfig-Describe",
    startedAt,
    sourceIPAddress: "config.amazonaws.com",
    userAgent: () => "config.amazonaws.com",
  });
}

function tool(accountId: string): Session {
  const arn = `arn:aws:iam::${accountId}:user/monitoring-export`;
  const principalId = `AIDA${random("user", arn).token(17)}`;
  return {
    arn,
    principalId,
    accountId,
    roleId: null,
    sourceIPAddress: "203.0.113.9",
    userAgent: awsCli,
    identity: JSON.stringify({
      type: "IAMUser",
      principalId,
      arn,
      accountId,
      accessKeyId: `AKIAEXAMPLE${random("user key", arn).token(9)}`,
      userName: "monitoring-export",
    }),
  };
}

function service(accountId: string): Session {
  return {
    arn: "config.amazonaws.com",
    principalId: "",
    accountId,
    roleId: null,
    sourceIPAddress: "config.amazonaws.com",
    userAgent: () => "config.amazonaws.com",
    identity: JSON.stringify({ type: "AWSService", invokedBy: "config.amazonaws.com" }),
  };
}
