import { createUsage, deliveredAt, isLogFile, readLogFile } from "@plp/cloudtrail";
import type { ReadUsage } from "./ports.ts";

/** The log files of one hour as usage per role; digests and Insights files lie beside the logs and hold no calls. */
export const readUsage: ReadUsage = (files) => {
  const usage = createUsage();
  const bad: { key: string; reason: string }[] = [];
  for (const { key, bytes } of files) {
    if (!isLogFile(key)) continue;
    const file = readLogFile(bytes, key);
    usage.add(file.records, { deliveredAt: deliveredAt(key) });
    bad.push(...file.bad.map(({ reason }) => ({ key, reason })));
  }
  return { roles: usage.hourUsage(), bad };
};
