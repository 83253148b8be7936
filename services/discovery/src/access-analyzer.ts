import { AccessAnalyzerClient, paginateListPolicyGenerations } from "@aws-sdk/client-accessanalyzer";
import { awsFault, type Sessions } from "@plp/clients";
import { startsPerDay } from "@plp/domain";
import type { Lanes } from "./ports.ts";

const DAY = 86_400_000;

/** How many generations a lane may still start: the day's quota less the reserve, less what was started in 24 hours. */
export function analyzerLanes(sessions: Sessions, now: () => Date): Lanes {
  return {
    async startsLeft(accountId, region) {
      const client = new AccessAnalyzerClient({
        region,
        credentials: sessions.credentialsFor(accountId, "discovery"),
      });
      try {
        let started = 0;
        for await (const page of paginateListPolicyGenerations({ client }, {})) {
          for (const { startedOn } of page.policyGenerations ?? []) {
            if (startedOn !== undefined && startedOn.getTime() > now().getTime() - DAY) started++;
          }
        }
        return startsPerDay(region) - started;
      } catch (error) {
        const fault = awsFault(error, `cannot list the policy generations of account ${accountId}`);
        if (fault.retryable) throw fault;
        // The run itself says what is wrong with the account; here it is only about the order of the queue.
        return startsPerDay(region);
      } finally {
        client.destroy();
      }
    },
  };
}
