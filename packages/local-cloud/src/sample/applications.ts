import { arn, type Call, calls, type Grant, type Place, roleArn, type TerraformResource } from "./call.ts";
import { random } from "./random.ts";
import {
  containerRepository,
  eventSource,
  functionArn,
  lambdaFunction,
  logGroup,
} from "./terraform/compute.ts";
import { distribution, restApi } from "./terraform/edge.ts";
import { encryptionKey, executionRole, parameter } from "./terraform/identity.ts";
import { queue, schedule } from "./terraform/messaging.ts";
import { network } from "./terraform/network.ts";
import { bucket, database, table } from "./terraform/storage.ts";

/** What a configuration manages: resources from before the logs begin, and those of the latest deployment. */
export interface Stack {
  readonly settled: readonly TerraformResource[];
  readonly latest: readonly TerraformResource[];
  /** Calls that every run makes besides, such as taking a role of another account. */
  readonly always: readonly Call[];
}

export interface EnvironmentPlan {
  readonly place: Place;
  readonly generate: boolean;
  readonly mode: "observe" | "enforce";
  /** The generated policy at the start: none, everything but the latest deployment, or everything. */
  readonly policy: "missing" | "behind" | "complete";
  readonly runs: number;
  /** How long before the end the latest deployment first ran, in hours; null: long before the logs begin. */
  readonly deployedHoursAgo: number | null;
  /** Actions of the latest deployment that the policy has already, from an earlier try. */
  readonly known: readonly string[];
  /** A nightly job destroys what the latest deployment made, and the next run makes it again. */
  readonly destroys: boolean;
  readonly stack: Stack;
}

export interface ApplicationPlan {
  readonly name: string;
  readonly about: string;
  /** The initial policy, one statement per entry. */
  readonly initial: readonly {
    readonly sid: string;
    readonly actions: readonly string[];
    readonly on: readonly string[];
  }[];
  readonly environments: readonly EnvironmentPlan[];
}

export const accounts = {
  commerce: "111122223333",
  commerceTest: "444455556666",
  content: "222233334444",
  contentTest: "777788889999",
} as const;

/** The role of the commerce account that lets catalog write its DNS records there. */
const dnsRole = `arn:aws:iam::${accounts.commerce}:role/shared/dns-records`;

const region = "eu-central-1";
const everything = ["*"];
const identity = { sid: "WhoAmI", actions: ["sts:GetCallerIdentity"], on: everything };
const state = { sid: "TerraformState", actions: ["dynamodb:*", "s3:*"], on: everything };

function shop(place: Place): Stack {
  const env = place.environment;
  const worker = "shop-order-worker";
  return {
    settled: [
      bucket(place, `shop-site-${env}`, { website: true }),
      bucket(place, `shop-assets-${env}`),
      distribution(place, distributionId(place)),
      encryptionKey(place, keyId(place)),
      table(place, `shop-carts-${env}`),
      ...["payment-provider", "mail-sender", "feature-flags"].map((name) =>
        parameter(place, `/shop/${env}/${name}`),
      ),
    ],
    latest: [
      queue(place, "shop-orders"),
      logGroup(place, `/aws/lambda/${worker}`),
      lambdaFunction(place, worker),
      eventSource(place, worker, arn(place, "sqs", "shop-orders"), random(worker, place.accountId).uuid()),
    ],
    always: [],
  };
}

function catalog(place: Place): Stack {
  const env = place.environment;
  const settled = [
    table(place, `catalog-items-${env}`),
    restApi(
      place,
      random("api", place.accountId, env).hex(10),
      random("deployment", place.accountId, env).hex(6),
    ),
    executionRole(place, `catalog-api-${env}`),
    lambdaFunction(place, `catalog-api-${env}`),
    logGroup(place, `/aws/lambda/catalog-api-${env}`),
    bucket(place, `catalog-images-${env}`),
  ];
  const latest = [
    table(place, `catalog-prices-${env}`),
    executionRole(place, `catalog-import-${env}`),
    lambdaFunction(place, `catalog-import-${env}`),
  ];
  const dns = calls(place, "sts").read(
    "AssumeRole",
    { roleArn: dnsRole, roleSessionName: `catalog-${env}`, durationSeconds: 900 },
    dnsRole,
  );
  return { settled, latest, always: env === "prod" ? [dns] : [] };
}

function billing(place: Place): Stack {
  const env = place.environment;
  const nightly = `billing-nightly-${env}`;
  return {
    settled: [
      bucket(place, `billing-invoices-${env}`),
      bucket(place, `billing-exports-${env}`),
      database(place, `billing-${env}`),
      encryptionKey(place, keyId(place)),
      ...["tax-rates", "bank-account"].map((name) => parameter(place, `/billing/${env}/${name}`)),
    ],
    latest: [
      logGroup(place, `/aws/lambda/${nightly}`),
      lambdaFunction(place, nightly),
      schedule(place, nightly, functionArn(place, nightly)),
    ],
    always: [],
  };
}

function search(place: Place): Stack {
  const env = place.environment;
  const ids = random("network", place.accountId, env);
  return {
    settled: [
      network(place, {
        vpc: `vpc-0${ids.hex(16)}`,
        subnets: [0, 1, 2].map(() => `subnet-0${ids.hex(16)}`),
        securityGroup: `sg-0${ids.hex(16)}`,
        routeTable: `rtb-0${ids.hex(16)}`,
      }),
      containerRepository(place, `search-indexer-${env}`),
      logGroup(place, `/search/indexer-${env}`),
      table(place, `search-documents-${env}`),
      ...["index-schema", "synonyms"].map((name) => parameter(place, `/search/${env}/${name}`)),
    ],
    latest: [logGroup(place, `/search/queries-${env}`)],
    always: [],
  };
}

function distributionId(place: Place): string {
  return place.environment === "prod"
    ? "E2QWRUHAPOMQZL"
    : `E${random("distribution", place.accountId, place.environment).token(13)}`;
}

export function keyId(place: Place): string {
  return random("key", place.accountId, place.application, place.environment).uuid();
}

type Entry = readonly [
  environment: string,
  accountId: string,
  plan: Partial<Omit<EnvironmentPlan, "place" | "stack">>,
];

function plans(
  application: string,
  stack: (place: Place) => Stack,
  entries: readonly Entry[],
): EnvironmentPlan[] {
  return entries.map(([environment, accountId, plan]) => {
    const place = { application, environment, accountId, region };
    return {
      place,
      generate: environment !== "sandbox",
      mode: "observe",
      policy: "missing",
      runs: 9,
      deployedHoursAgo: null,
      known: [],
      destroys: false,
      stack: stack(place),
      ...plan,
    };
  });
}

/** Four applications in four accounts: ten roles in scope and four sandboxes. */
export const sampleApplications: readonly ApplicationPlan[] = [
  {
    name: "shop",
    about: "The web shop: its site, the carts and the queue that hands orders to the warehouse.",
    initial: [
      identity,
      state,
      { sid: "Site", actions: ["cloudfront:*", "kms:*", "secretsmanager:*", "ssm:*"], on: everything },
      { sid: "Orders", actions: ["lambda:*", "logs:*", "sqs:*"], on: everything },
      { sid: "OrderWorker", actions: ["iam:PassRole"], on: ["arn:aws:iam::*:role/shop-*"] },
    ],
    environments: plans("shop", shop, [
      [
        "test",
        accounts.commerceTest,
        {
          policy: "behind",
          runs: 38,
          deployedHoursAgo: 131,
          destroys: true,
          known: ["iam:PassRole", "lambda:CreateFunction"],
        },
      ],
      ["prod", accounts.commerce, { policy: "behind", runs: 27, deployedHoursAgo: 103 }],
      ["sandbox", accounts.commerceTest, { runs: 7 }],
    ]),
  },
  {
    name: "catalog",
    about: "Products and prices, and the API that the shop reads them from.",
    initial: [
      identity,
      state,
      { sid: "Api", actions: ["apigateway:*", "lambda:*", "logs:*"], on: everything },
      { sid: "FunctionRoles", actions: ["iam:*"], on: ["arn:aws:iam::*:role/catalog-*"] },
      { sid: "DnsRecords", actions: ["sts:AssumeRole"], on: [dnsRole] },
    ],
    environments: plans("catalog", catalog, [
      ["dev", accounts.contentTest, { runs: 22, deployedHoursAgo: 155, destroys: true }],
      ["test", accounts.contentTest, { runs: 18, deployedHoursAgo: 129 }],
      ["prod", accounts.content, { runs: 14, deployedHoursAgo: 82 }],
      ["sandbox", accounts.contentTest, { runs: 5 }],
    ]),
  },
  {
    name: "billing",
    about: "Invoices, payments and the nightly export to accounting.",
    initial: [
      identity,
      state,
      {
        sid: "Data",
        actions: [
          "kms:*",
          "rds:Create*",
          "rds:DescribeDBInstances",
          "rds:DescribeDBSubnetGroups",
          "rds:ListTagsForResource",
          "rds:Modify*",
          "ssm:*",
        ],
        on: everything,
      },
      { sid: "Nightly", actions: ["events:*", "lambda:*", "logs:*"], on: everything },
      { sid: "NightlyRole", actions: ["iam:PassRole"], on: ["arn:aws:iam::*:role/billing-*"] },
    ],
    environments: plans("billing", billing, [
      ["dev", accounts.commerceTest, { policy: "behind", runs: 20, deployedHoursAgo: 149, destroys: true }],
      ["test", accounts.commerceTest, { policy: "behind", runs: 16, deployedHoursAgo: 126 }],
      ["prod", accounts.commerce, { policy: "behind", runs: 12, deployedHoursAgo: 58 }],
      ["sandbox", accounts.commerceTest, { runs: 4 }],
    ]),
  },
  {
    name: "search",
    about: "The search index and the network that it runs in.",
    initial: [
      identity,
      state,
      { sid: "Network", actions: ["ec2:*"], on: everything },
      { sid: "Indexer", actions: ["ecr:*", "logs:*", "ssm:*"], on: everything },
    ],
    environments: plans("search", search, [
      ["test", accounts.contentTest, { policy: "behind", runs: 13, deployedHoursAgo: 76 }],
      ["prod", accounts.content, { policy: "complete", mode: "enforce", runs: 9 }],
      ["sandbox", accounts.contentTest, { runs: 4 }],
    ]),
  },
];

export function pipelineRole(place: Place): string {
  return roleArn(place, `ci/${place.application}-${place.environment}`);
}

/** What the resources' everyday operations need: reading and updating, and with `all` creating and destroying. */
export function grantsOf(resources: readonly TerraformResource[], all: boolean): readonly Grant[] {
  return resources
    .flatMap((it) => [...it.refresh, ...it.update, ...(all ? [...it.create, ...it.destroy] : [])])
    .flatMap((call) => call.grants);
}
