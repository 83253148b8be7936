/// <reference path="./.sst/platform/config.d.ts" />

/** The hub account. SST allows no import at the top of this file. */
export default $config({
  app(input) {
    const production = input.stage === "production";
    return { name: "plp", home: "aws", removal: production ? "retain" : "remove", protect: production };
  },
  async run() {
    const { hoursBetweenRounds, parseSettings } = await import("@plp/runtime");
    const { default: written } = await import("./plp.config.ts");
    const { table } = await import("./stacks/table.ts");
    const { blobs } = await import("./stacks/blobs.ts");
    const { checkpoints } = await import("./stacks/checkpoints.ts");
    const { queues } = await import("./stacks/queues.ts");
    const { secrets } = await import("./stacks/secrets.ts");
    const { secretsKey } = await import("./stacks/key.ts");
    const { services } = await import("./stacks/services.ts");
    const { schedule } = await import("./stacks/schedule.ts");
    const { memberAccounts } = await import("./stacks/accounts/stack-set.ts");
    const { alarms } = await import("./stacks/alarms.ts");
    const { dashboard } = await import("./stacks/dashboard.ts");

    const production = $app.stage === "production";
    const settings = parseSettings(written);
    const parts = {
      table: table({ production }),
      blobs: blobs({ production }),
      checkpoints: checkpoints({ production }),
      queues: queues(),
      secrets: secrets(settings),
      key: secretsKey(),
      settings,
    };
    const { api, functionNames, readerNames } = services(parts);
    schedule(parts);
    const watched = alarms({
      ...parts,
      api,
      hoursBetweenRounds: hoursBetweenRounds(parts.settings.round.schedule),
    });
    const members = memberAccounts({ settings: parts.settings, readerNames });
    dashboard({ ...parts, functionNames, alarmArns: watched.alarms.map(({ arn }) => arn) });
    return {
      table: parts.table.name,
      blobs: parts.blobs.name,
      checkpoints: parts.checkpoints.name,
      api: api?.url ?? "none",
      doctor: `${$app.name}-${$app.stage}-doctor`,
      // For the management account, which no StackSet reaches.
      memberParameters: members?.parameters ?? "none",
    };
  },
});
