import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isFault } from "@plp/runtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chatHook } from "./chat.ts";

const received: { readonly path: string; readonly type: string | undefined; readonly body: unknown }[] = [];
let answers = 200;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    received.push({ path: request.url ?? "", type: request.headers["content-type"], body });
    response.writeHead(answers, answers === 302 ? { location: "/elsewhere" } : {}).end("ok");
  });
});
let address = "";

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/hush-hush`;
});
afterAll(() => void server.close());

const failure = async (of: string) => {
  const error: unknown = await chatHook(of)
    .say("x")
    .catch((caught: unknown) => caught);
  if (!isFault(error)) throw new Error("it did not fail as it should");
  expect(JSON.stringify([error.message, error.cause ?? null, error.stack])).not.toContain("hush-hush");
  return [error.code, error.retryable];
};

it("a chat is told by a POST of JSON with the text, as Slack takes it", async () => {
  answers = 200;
  await chatHook(address).say("Waits: <https://gitlab.example/1|!1 shop>\nä");
  expect(received).toEqual([
    {
      ...{ path: "/services/T0/B0/hush-hush", type: "application/json" },
      body: { text: "Waits: <https://gitlab.example/1|!1 shop>\nä" },
    },
  ]);
});

it.each([
  [500, "chat-unavailable", true],
  [429, "chat-unavailable", true],
  [404, "chat-refused", false],
  [302, "chat-refused", false],
])(
  "an answer %i is a fault that does not tell the address, and no redirection is followed",
  async (status, ...fault) => {
    answers = status;
    received.length = 0;
    expect(await failure(address)).toEqual(fault);
    expect(received).toHaveLength(1);
  },
);

it("nobody there is a fault that does not tell the address either", async () => {
  expect(await failure("http://127.0.0.1:9/services/hush-hush")).toEqual(["chat-unavailable", true]);
  expect(await failure("no address: hush-hush")).toEqual(["chat-unavailable", true]);
});
