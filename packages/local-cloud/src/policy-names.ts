/**
 * Names of a role's policies in AWS, as the template of the IAM repository gives them: they follow from the role's name,
 * which is unique in its account, and lie under the role's path. `part` counts from 1.
 */
export function generatedPolicyName(roleArn: string, part: number): string {
  return `${pathAndName(roleArn)}-generated${part === 1 ? "" : `-${part}`}`;
}

export function initialPolicyName(roleArn: string): string {
  return `${pathAndName(roleArn)}-initial`;
}

/** `ci/shop-prod` of `arn:aws:iam::111122223333:role/ci/shop-prod`. */
function pathAndName(roleArn: string): string {
  return roleArn.slice(roleArn.indexOf(":role/") + ":role/".length);
}

/** The ARN of a managed policy in the role's account; `name` with its path. */
export function managedPolicyArn(roleArn: string, name: string): string {
  return `${roleArn.slice(0, roleArn.indexOf(":role/"))}:policy/${name}`;
}
