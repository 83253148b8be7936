import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { unpackLog, unpackTogether } from "./unpack.ts";

const texts = ["a", "b", "c"].map((letter, index) => letter.repeat(70_000 + index));
const packed = texts.map((text) => gzipSync(text));
const together = (files: readonly Uint8Array[]) => unpackTogether(files, Buffer.concat(files));

function textsOf(files: readonly Uint8Array[]) {
  return together(files)?.map(({ unpacked }) => Buffer.from(unpacked).toString()) ?? null;
}

describe("unpacking files together", () => {
  test("tells of each what it holds", () => {
    expect(textsOf(packed)).toEqual(texts);
  });

  const [first, second, third] = packed as [Buffer, Buffer, Buffer];
  test.each<[string, readonly Uint8Array[]]>([
    ["one is no gzip", [first, Buffer.from("{}"), third]],
    ["one ends too early", [first, second.subarray(0, -3), third]],
    ["one is damaged", [first, Buffer.concat([second.subarray(0, 20), second]), third]],
    ["one has several members", [first, Buffer.concat([second, third])]],
    ["zeros stand behind one", [first, Buffer.concat([second, Buffer.alloc(7)]), third]],
    [
      "one tells another size",
      [first, Buffer.concat([second.subarray(0, -4), Buffer.from([1, 1, 1, 0])]), third],
    ],
    [
      "two mistakes make up for each other",
      [Buffer.concat([first, second]), second, Buffer.concat([third, Buffer.alloc(5)]), first],
    ],
    ["one holds next to nothing", [first, gzipSync("x"), third]],
    ["they are much", Array.from({ length: 70 }, () => first)],
    ["there is but one", [first]],
  ])("is left to each alone where %s", (_, files) => {
    expect(together(files)).toBeNull();
  });

  test("gives the memory back with the last of them", () => {
    const files = together(packed) ?? [];
    const [one, two, three] = files.map(({ unpacked }) => unpacked);
    files[2]?.release();
    files[0]?.release();
    expect([one, two, three].map((bytes) => bytes?.length)).toEqual(texts.map(({ length }) => length));
    files[1]?.release();
    expect([one, two, three].map((bytes) => bytes?.length)).toEqual([0, 0, 0]);
  });
});

test("the memory of one file is given back at once", () => {
  const [file] = packed.map((bytes) => unpackLog(bytes));
  if (file === undefined || "reason" in file) throw new Error("it is gzip");
  expect(file.unpacked.length).toBe(70_000);
  file.release();
  expect(file.unpacked.length).toBe(0);
});
