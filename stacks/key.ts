/**
 * Encrypts the variables of functions that hold a secret: who may look at a function's configuration in the console
 * still does not see the GitLab token without `kms:Decrypt` on this key.
 */
export function secretsKey() {
  const key = new aws.kms.Key("SecretsKey", {
    description: `${$app.name} ${$app.stage}: variables of functions that hold a secret`,
    enableKeyRotation: true,
    deletionWindowInDays: 30,
  });
  new aws.kms.Alias("SecretsKeyAlias", {
    name: `alias/${$app.name}-${$app.stage}-secrets`,
    targetKeyId: key.keyId,
  });
  return key;
}

export type SecretsKey = ReturnType<typeof secretsKey>;
