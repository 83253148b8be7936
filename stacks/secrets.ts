/**
 * What only the deployment knows, by the variable under which a function reads it. Each is set with
 * `npx sst secret set GitlabToken --stage <stage>`, which asks for the value and puts it into no history.
 */
export const secretVariables = {
  GitlabToken: "PLP_GITLAB_TOKEN",
  /** What GitLab sends with its hooks; during a rotation the new one and the old one, a space between them. */
  HookSecret: "PLP_HOOK_SECRET",
  /** What the API signs its cursors with: any 32 random characters or more. */
  CursorKey: "PLP_CURSOR_KEY",
  /** The address of the chat's web hook: whoever knows it may write there. Only where the settings want it told (`notify`). */
  NotifyUrl: "PLP_NOTIFY_SECRET",
} as const;

export type SecretName = keyof typeof secretVariables;
export type Secrets = Readonly<Record<Exclude<SecretName, OptionalSecret>, sst.Secret>> &
  Readonly<Partial<Record<OptionalSecret, sst.Secret>>>;

type OptionalSecret = "HookSecret" | "NotifyUrl";

/** Without hooks, and without a chat that is told, nobody has to think of a secret for them. */
export function secrets({ hooks, notify }: { readonly hooks: boolean; readonly notify: boolean }): Secrets {
  const all = Object.keys(secretVariables) as SecretName[];
  const names = all.filter((name) => (hooks || name !== "HookSecret") && (notify || name !== "NotifyUrl"));
  return Object.fromEntries(names.map((name) => [name, new sst.Secret(name)])) as Secrets;
}
