/**
 * What only the deployment knows, by the variable under which a function reads it. Each is set with
 * `npx sst secret set GitlabToken --stage <stage>`, which asks for the value and puts it into no history.
 */
export const secretVariables = { GitlabToken: "PLP_GITLAB_TOKEN" } as const;

export type SecretName = keyof typeof secretVariables;
export type Secrets = Readonly<Record<SecretName, sst.Secret>>;

export function secrets(): Secrets {
  const names = Object.keys(secretVariables) as SecretName[];
  return Object.fromEntries(names.map((name) => [name, new sst.Secret(name)])) as Secrets;
}
