import { readFile } from "node:fs/promises";
import { type Policy, parsePolicy } from "@plp/iam-policy";
import { messageOf } from "@plp/runtime";
import { badInput, reasonOf } from "./bad-input.ts";

/** The text of a file that an option or argument names. */
export async function textOf(file: string): Promise<string> {
  return (await bytesOf(file)).toString("utf8");
}

export async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
    throw badInput(`${file}: ${reasonOf(code)}`);
  }
}

export function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badInput(`${where} is not JSON: ${messageOf(error)}`);
  }
}

/** A file with an IAM policy document. */
export async function policyIn(file: string): Promise<Policy> {
  return parsePolicy(await textOf(file), file);
}

const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/\S{1,576}$/;

/** What `--role` names where a part of an ARN would not do. */
export function checkRoleArn(role: string): void {
  if (ROLE.test(role)) return;
  throw badInput(
    `--role ${JSON.stringify(role)} is not the ARN of a role such as arn:aws:iam::111122223333:role/ci/shop-prod`,
  );
}
