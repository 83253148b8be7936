// Checks an export of PLP by its description in docs/export.md alone: no code of PLP is used here.
// node check-export.mjs FILE [LINES]: LINES is a file in which each line that begins with "Plp-History: " must be borne out.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const [file, seen] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node check-export.mjs FILE [LINES]");
  process.exit(2);
}

const wrong = [];
const text = readFileSync(file, "utf8");
if (!text.endsWith("\n")) wrong.push("the last line has no end");
const lines = text.split("\n").slice(0, -1);
const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part, "utf8");
  return hash.digest("hex");
};
const chained = (commit) => {
  const parts = [commit.previous, commit.stream, commit.commitId, commit.recordedAt, commit.events];
  return sha256(...parts.flatMap((part) => [`${Buffer.byteLength(part, "utf8")}:`, part]));
};

let header = null;
let trailer = null;
let before = null;
const streams = new Set();
const commits = [];
let events = 0;
lines.forEach((line, at) => {
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    wrong.push(`line ${at + 1} is not JSON`);
    return;
  }
  if (at === 0) {
    header = value;
    return;
  }
  if (value.end === true) {
    trailer = value;
    if (at !== lines.length - 1) wrong.push(`line ${at + 1} ends the export, and others follow`);
    if (
      value.sha256 !==
      sha256(
        lines
          .slice(0, at)
          .map((one) => `${one}\n`)
          .join(""),
      )
    )
      wrong.push("the lines do not hash to what the last one says");
    return;
  }
  const where = `${value.stream} version ${value.version} (line ${at + 1})`;
  if (chained(value) !== value.hash) wrong.push(`${where}: its hash is not that of its content`);
  let count = 0;
  try {
    count = JSON.parse(value.events).length;
  } catch {
    wrong.push(`${where}: its events are not JSON`);
  }
  if (value.lastVersion - value.version + 1 !== count) wrong.push(`${where}: it holds ${count} events`);
  if (before?.stream === value.stream) {
    if (value.previous !== before.hash) wrong.push(`${where}: it does not follow from the line before`);
    if (value.version !== before.lastVersion + 1) wrong.push(`${where}: versions are missing before it`);
    if (value.recordedAt < before.recordedAt) wrong.push(`${where}: it is recorded before the line before`);
  } else {
    if (streams.has(value.stream)) wrong.push(`${where}: the lines of its stream do not stand together`);
    if (before !== null && value.stream < before.stream) wrong.push(`${where}: streams are not sorted`);
    const isWhole = header?.since == null && header?.until == null;
    if (isWhole && value.version !== 1) wrong.push(`${where}: its beginning is missing`);
    if ((value.version === 1) !== (value.previous === "")) wrong.push(`${where}: it begins in the middle`);
  }
  streams.add(value.stream);
  commits.push(value);
  events += count;
  before = value;
});
if (header?.format !== "plp-history" || header?.version !== 1) wrong.push("the first line is no header");
if (trailer === null) wrong.push("the export is cut off: its last line is missing");
else if (trailer.streams !== streams.size || trailer.commits !== commits.length || trailer.events !== events)
  wrong.push("the last line counts others than there are");

for (const line of seen === undefined ? [] : readFileSync(seen, "utf8").split("\n")) {
  const [, name, version, hash] = /^Plp-History: (\S+) (\d+) ([0-9a-f]+)$/.exec(line) ?? [];
  if (name === undefined) continue;
  const stream = `role#${decodeURIComponent(name)}`;
  if (!streams.has(stream)) continue;
  const holder = commits.find(
    (one) => one.stream === stream && one.version <= +version && +version <= one.lastVersion,
  );
  if (holder?.hash !== hash) wrong.push(`${stream} version ${version}: Git saw another commit`);
}

console.log(JSON.stringify({ streams: streams.size, commits: commits.length, events, wrong }));
process.exitCode = wrong.length > 0 ? 1 : 0;
