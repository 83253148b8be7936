/** What only the deployment knows: set with `npx sst secret set GitlabToken <value> --stage <stage>`. */
export function secrets() {
  return { gitlabToken: new sst.Secret("GitlabToken") };
}

export type Secrets = ReturnType<typeof secrets>;
