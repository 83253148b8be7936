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
