import { type Parameter, text } from "./template.ts";

const pathPattern = "/([\\w+=,.@-]{1,64}/){0,4}";
const namePattern = "[\\w+=,.@-]{1,64}";
const keyPattern = "(arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/[\\w-]+)?";

/** What the roles in every account and the archive's policies have to agree on; the same parameters in both templates. */
export const agreed = {
  PlpPath: text("Path of PLP's own roles", pathPattern, "begins and ends with a slash", "/plp/"),
  ReaderName: text("Name of the role that PLP assumes", namePattern, "the name of a role", "reader"),
  AnalyzerName: text(
    "Name of the role that Access Analyzer assumes to read the trail",
    namePattern,
    "the name of a role",
    "analyzer",
  ),
  OrganizationId: text(
    "Id of the organization: nobody else is ever trusted",
    "o-[a-z0-9]{10,32}",
    "such as o-a1b2c3d4e5",
  ),
  TrailArn: text(
    "The trail that is read",
    "arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\\d{12}:trail/[\\w.-]{3,128}",
    "the ARN of a trail",
  ),
  TrailBucket: text(
    "The bucket that the trail writes to",
    "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "the name of a bucket",
  ),
  TrailPrefix: text(
    "What stands before the account id in the keys of the trail's files",
    "([^/*?$]+/)*AWSLogs/(o-[a-z0-9]{10,32}/)?",
    "ends with AWSLogs/, or with AWSLogs/ and the organization's id",
  ),
  TrailKeyArn: text(
    "The KMS key that encrypts the trail's files; empty: none of ours",
    keyPattern,
    "the ARN of a KMS key, or nothing",
    "",
  ),
} satisfies Record<string, Parameter>;

export const roles = {
  reader: "arn:${AWS::Partition}:iam::${AWS::AccountId}:role${PlpPath}${ReaderName}",
  analyzer: "arn:${AWS::Partition}:iam::${AWS::AccountId}:role${PlpPath}${AnalyzerName}",
} as const;
