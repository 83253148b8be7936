import type { RequestView, RoleView } from "../view.ts";
import { awsCheck } from "./aws-checks.ts";
import { backtestCheck } from "./backtest.ts";
import { environmentsOf } from "./gather.ts";
import { wordsOf } from "./kinds.ts";
import { code } from "./text.ts";
import { date, list } from "./words.ts";

/** At most six lines: what was checked, the worst first. */
export function checks(view: RequestView): string[] {
  const { roles } = view;
  const blind = roles.filter(({ proposal }) => proposal.withoutTrail);
  const { proof, merging } = wordsOf(view);
  return [
    ...(blind.length > 0
      ? [
          `| Trail | **not readable for ${named(blind)}**: what stands here was used *or only tried*; calls are not counted |`,
        ]
      : []),
    ...backtestCheck(view),
    `| Never wider | ${proof} |`,
    ...awsCheck(view),
    `| Merging | ${[...merging, ...modes(roles)].join("; ")} |`,
  ];
}

function modes(roles: readonly RoleView[]): string[] {
  const observed = roles.filter(({ mode }) => mode === "observe");
  const [kept, bare] = [true, false].map((has) =>
    observed.filter(({ hasInitialPolicy }) => hasInitialPolicy === has),
  );
  const enforced = roles.filter(({ mode }) => mode === "enforce");
  const since = observed.map(({ discoveredAt }) => discoveredAt).sort()[0];
  const when = since === undefined ? "" : ` since ${date(since)}`;
  return [
    ...(kept !== undefined && kept.length > 0
      ? [`${named(kept)}: observed${when}, the initial policy stays attached and nothing can break`]
      : []),
    ...(bare !== undefined && bare.length > 0 ? [`${named(bare)}: observed${when}`] : []),
    ...(enforced.length > 0
      ? [`${named(enforced)}: enforced, this policy alone decides what the pipeline may do`]
      : []),
    ...quiet(observed),
  ];
}

/** How far the roles are from doing without their initial policies. */
function quiet(observed: readonly RoleView[]): string[] {
  const known = observed.flatMap(({ environment, proposal: { readiness } }) =>
    readiness === undefined || readiness.against.length === 0
      ? []
      : [{ environment, days: `${readiness.quietDays} of ${readiness.of} quiet days` }],
  );
  const [first] = known;
  if (first === undefined) return [];
  const areSame = known.every(({ days }) => days === first.days);
  const each = known.map(({ environment, days }) => `${code(environment, 32)} ${days}`);
  return [`not ready to enforce: ${areSame ? first.days : list(each)}`];
}

function named(roles: readonly RoleView[]): string {
  return environmentsOf(roles.map((role) => ({ role })));
}

/** Environments that are not in this request although they should be, with the reason. */
export function failures({ failed }: RequestView): string[] {
  return failed.map(
    ({ environment, reason }) => `- **Not analysed · ${code(environment, 40)}** ${code(reason, 400)}`,
  );
}
