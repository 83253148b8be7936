import type { Settings } from "@plp/runtime";
import { check, type Finding } from "./finding.ts";

/** What can be asked of one account in PLP's session; each fails with a fault. */
export interface AccountProbe {
  /** Is the reader there, and does it trust us? */
  assume(): Promise<void>;
  /** May policy generations be listed? */
  listGenerations(): Promise<void>;
  /** Is Access Analyzer's service role there? */
  analyzerRole(): Promise<void>;
  /** Does the archive hold a log file of the account? */
  hasFiles(): Promise<boolean>;
}

/** What PLP needs in one account: its roles, and the account's own part of the archive. */
export async function checkAccount(
  accountId: string,
  settings: Settings,
  probe: AccountProbe,
): Promise<Finding[]> {
  const subject = `account ${accountId}`;
  const { reader, analyzer_service_role: analyzer } = settings.roles;
  const stack =
    settings.members === undefined
      ? "aws cloudformation deploy --stack-name plp-member --template-file stacks/accounts/member.template.json --capabilities CAPABILITY_NAMED_IAM"
      : "npx sst deploy --stage <stage>; is the account in a unit of members.units?";
  const session = await check(
    { subject, name: `the role ${reader} can be assumed`, repair: stack },
    async () => {
      await probe.assume();
      return null;
    },
  );
  if (session.status !== "ok") return [session];
  const mode = settings.analyzer.per_account[accountId] ?? settings.analyzer.default;
  const generates = mode !== "trail";
  return [
    session,
    ...(generates
      ? [
          await check({ subject, name: "Access Analyzer answers", repair: stack }, async () => {
            await probe.listGenerations();
            return null;
          }),
          await check(
            { subject, name: `Access Analyzer's role ${analyzer} is there`, repair: stack },
            async () => {
              await probe.analyzerRole();
              return null;
            },
          ),
        ]
      : []),
    ...(mode === "access-analyzer" ? [] : [await archive(subject, settings, probe)]),
  ];
}

function archive(subject: string, { trail }: Settings, probe: AccountProbe): Promise<Finding> {
  const repair = `the policy of bucket ${trail.bucket}: see stacks/accounts/archive, and trail in plp.config.ts`;
  return check({ subject, name: "its own log files can be listed", repair }, async () => {
    if (await probe.hasFiles()) return null;
    return {
      cause: `${trail.bucket} has no log file of the account`,
      repair:
        "does the trail log this account? aws cloudtrail get-trail-status --name <trail>; else correct trail.prefix and trail.organization_id",
    };
  });
}
