import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileReader } from "./file-reader.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "plp-file-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const sizes = [0, 1, 70_000, 262_143, 262_144, 262_145, 3, 1_000_000, 0];

function write(size: number): { readonly path: string; readonly content: Buffer } {
  const path = join(dir, String(size));
  const content = Buffer.alloc(size, (size % 251) + 1);
  writeFileSync(path, content);
  return { path, content };
}

test("files of every size are read whole, alone and behind each other", () => {
  const read = fileReader();
  for (const size of sizes) {
    const { path, content } = write(size);
    expect(read([path]).files).toEqual([{ bytes: content }]);
  }
  const written = sizes.map(write);
  const { files, all } = read(written.map(({ path }) => path));
  expect(files).toEqual(written.map(({ content }) => ({ bytes: content })));
  expect(all.equals(Buffer.concat(written.map(({ content }) => content)))).toBe(true);
  expect(read([]).all).toHaveLength(0);
});

test("what a large file took is not kept for the small ones after it", () => {
  const read = fileReader();
  const [large, small] = [write(9_000_000), write(3)];
  expect(read([large.path]).all.equals(large.content)).toBe(true);
  const { all } = read([small.path]);
  expect(all.equals(small.content)).toBe(true);
  expect(all.buffer.byteLength).toBeLessThan(1_000_000);
});

test("what cannot be read is told, and the others are", () => {
  const read = fileReader();
  const { path, content } = write(3);
  const { files, all } = read([join(dir, "gone"), path, dir, path]);
  expect(files).toEqual([
    { reason: expect.stringContaining("ENOENT") },
    { bytes: content },
    { reason: expect.stringContaining("EISDIR") },
    { bytes: content },
  ]);
  expect(all.equals(Buffer.concat([content, content]))).toBe(true);
});
