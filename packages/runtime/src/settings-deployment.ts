import * as z from "zod";

const subnetText = 'the id of a subnet such as "subnet-0a1b2c3d4e5f60718"';
const groupText = 'the id of a security group such as "sg-0a1b2c3d4e5f60718"';
const proxyText =
  'the address of a proxy such as "http://proxy.example.com:3128", without user, password or path';
const hostText = 'a host or domain such as "chat.example.com" or ".example.com"';
const certificateText = 'the path of a PEM file in this repository such as "certificates/company.pem"';
const mailText = 'an e-mail address such as "platform@example.com"';

const network = z.strictObject({
  /** Subnets of the functions, each with a way to AWS (NAT or VPC endpoints). Wrong: the deployment fails and names the subnet. */
  subnets: z
    .array(z.string({ error: subnetText }).regex(/^subnet-[0-9a-f]{8,17}$/, subnetText), {
      error: `a list, each entry ${subnetText}`,
    })
    .min(1, "at least one subnet"),
  /** Security groups of the functions. Wrong: the deployment fails; too narrow: every run fails with a time-out. */
  security_groups: z
    .array(z.string({ error: groupText }).regex(/^sg-[0-9a-f]{8,17}$/, groupText), {
      error: `a list, each entry ${groupText}`,
    })
    .min(1, "at least one security group"),
});

const egress = z.strictObject({
  /** The proxy for GitLab; AWS is reached through the subnets. Default: none. Wrong: "GitLab could not be reached" everywhere. */
  proxy: z.string({ error: proxyText }).refine(isProxy, { error: proxyText }).optional(),
  /** Hosts that are reached without the proxy. Default: none. */
  without_proxy: z
    .array(z.string({ error: hostText }).regex(/^\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, hostText), {
      error: `a list, each entry ${hostText}`,
    })
    .default([]),
  /** Certificates of your own authority, trusted beside the usual ones. Default: none. Wrong: GitLab's certificate is refused. */
  certificates: z
    .string({ error: certificateText })
    .regex(/^(?!\.{0,2}\/)(?!.*\/\.\.\/)[\w./-]+\.(pem|crt)$/, certificateText)
    .optional(),
});

const unitText = 'the id of the root or of an organizational unit such as "r-ab12" or "ou-ab12-12345678"';
const roleArnText = 'the ARN of a role such as "arn:aws:iam::111122223333:role/gitlab-apply"';
const roleArns = z
  .array(
    z
      .string({ error: roleArnText })
      .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, roleArnText),
    {
      error: `a list, each entry ${roleArnText}`,
    },
  )
  .default([]);
const switched = z.boolean({ error: "true or false" }).default(true);

const members = z.strictObject({
  /** Where the roles go: the organization's root for every account. New accounts get them by themselves. Wrong: the deployment fails. */
  units: z
    .array(
      z.string({ error: unitText }).regex(/^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/, unitText),
      {
        error: `a list, each entry ${unitText}`,
      },
    )
    .min(1, "at least the root"),
  /** Is the hub the delegated administrator of StackSets (true), or the management account itself? Wrong: the deployment fails and says so. */
  delegated: switched,
  /** The role that PLP assumes. `false`: you make it yourself, see stacks/accounts/reader.ts. */
  reader: switched,
  /** The service role of Access Analyzer. `false`: you make it yourself, or use the trail alone. */
  analyzer: switched,
  /** The IAM management role, the plan role and their boundary. `false`: the apply job has roles of its own. */
  management: switched,
  /** The identities of the apply job. Default: none, and no IAM management role. Wrong: apply fails with AccessDenied. */
  apply_roles: roleArns,
  /** The identities of the plan job. Default: none, and no role for it. */
  plan_roles: roleArns,
});

const httpsText = 'an https address such as "https://login.example.com/keys"';
const https = z
  .string({ error: httpsText })
  .max(400, httpsText)
  .regex(/^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[^\s?#]*)?$/, httpsText);
const claimText = "a text of 1 to 200 characters";
const claim = z.string({ error: claimText }).min(1, claimText).max(200, claimText);
const claims = z.array(claim, { error: `a list, each entry ${claimText}` }).min(1, "at least one group");

const login = z.strictObject({
  /** What the identity provider calls this page: a public client with PKCE. Wrong: it refuses whoever wants to sign in. */
  client_id: claim,
  /** Where people sign in. Wrong: they come nowhere. */
  authorize_url: https,
  /** Where the page turns the answer into an ID token. Wrong: nobody is signed in. */
  token_url: https,
  /** What is asked for; the ID token must name the groups. Default "openid profile email". */
  scope: claim.default("openid profile email"),
});

const api = z.strictObject({
  /** Who signs the tokens, as they say it in `iss`. Wrong: everybody gets 403. */
  issuer: https,
  /** Where its keys are. Wrong: everybody gets 403. */
  jwks_url: https,
  /** What tokens for us say in `aud`. Wrong: everybody gets 403; that of another program: its users may read. */
  audience: claim,
  /** Who may read: members of one of these groups. Wrong: they get 403. */
  groups: claims,
  /** Who may also start rounds, pause them and send dead letters again. Default: all who may read. */
  acting_groups: claims.optional(),
  /** Where tokens name their groups. Default "groups". Wrong: everybody gets 403. */
  groups_claim: claim.default("groups"),
  /**
   * How people sign in to the page in a browser; at the identity provider, `https://<the API>/login/done` is the address
   * to come back to. Default: not at all, and the page is for those whose proxy adds their token.
   */
  login: login.optional(),
});

/** The options that shape the deployment, not the decisions. */
export const deployment = {
  /** Who may use the API and the page. Default: nobody, every request gets 403. */
  api: api.optional(),
  /** The roles in every account of the organization, by a StackSet. Default: none; deploy stacks/accounts/member.template.json yourself. */
  members: members.optional(),
  /**
   * Does GitLab call our web hook? Default true. `false` for a GitLab that cannot reach us: nothing is open to it, and what
   * people decide is found by the next tick. Wrong: decisions are recorded later, none is lost.
   */
  hooks: z.boolean({ error: "true or false" }).default(true),
  /** Where the functions run. Default: in no network of yours, with AWS's own way to the internet. */
  network: network.optional(),
  /** How the functions reach a GitLab that is not on the internet. */
  egress: egress.prefault({}),
  /** Who is told by e-mail when an alarm goes off. Default: nobody. Each address confirms once and gets nothing before. */
  operators: z
    .array(
      z
        .string({ error: mailText })
        .max(254, mailText)
        .regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, mailText),
      { error: `a list, each entry ${mailText}` },
    )
    .default([]),
};

function isProxy(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && !username && !password && pathname === "/" && !search && !hash;
}
