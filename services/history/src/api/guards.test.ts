import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTVerifyGetKey, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { localGuard } from "./guard-local.ts";
import { tokenGuard } from "./guard-token.ts";
import { apiOver } from "./testing.ts";

const access = {
  issuer: "https://login.example.com/",
  jwks_url: "https://login.example.com/keys",
  audience: "plp",
  groups: ["security", "platform"],
  acting_groups: ["platform"],
  groups_claim: "groups",
};

let keys: JWTVerifyGetKey;
let sign: (
  claims: Record<string, unknown>,
  more?: { readonly audience?: string; readonly issuer?: string; readonly expires?: string | number },
) => Promise<string>;
let strangers: typeof sign;
let publicKey: Awaited<ReturnType<typeof exportJWK>>;

beforeAll(async () => {
  const signer = async (kid: string) => {
    const pair = await generateKeyPair("ES256", { extractable: true });
    const made: typeof sign = (claims, { audience = "plp", issuer = access.issuer, expires = "5m" } = {}) =>
      new SignJWT({ sub: "4711", preferred_username: "reviewer-1", ...claims })
        .setProtectedHeader({ alg: "ES256", kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setExpirationTime(expires)
        .sign(pair.privateKey);
    return { made, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: "ES256" } };
  };
  const [ours, others] = [await signer("ours"), await signer("ours")];
  sign = ours.made;
  strangers = others.made;
  publicKey = ours.jwk;
  keys = createLocalJWKSet({ keys: [ours.jwk] });
});

const member = { groups: ["security"] };
const statusOf = async (token: string | null, given: typeof access | null = access, method = "GET") => {
  const api = apiOver(tokenGuard(given, keys));
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = method === "GET" ? api.get("/api/roles", headers) : api.post("/api/pause", {}, headers);
  return (await answer).status;
};

describe("on AWS the API lets in", () => {
  it("a member of a group that the settings name, with a token for us", async () => {
    expect(await statusOf(await sign(member))).toBe(200);
    expect(await statusOf(await sign({ groups: "platform" }))).toBe(200);
  });

  it("nobody else: a stranger's valid token gets 403, and nothing is said of why", async () => {
    const refused = {
      "of somebody without a group": await sign({}),
      "of somebody in another group": await sign({ groups: ["sales", "SECURITY"] }),
      "for another program": await sign(member, { audience: "another" }),
      "of another issuer": await sign(member, { issuer: "https://evil.example.com/" }),
      "signed with another key of the same name": await strangers(member),
      "that has ended": await sign(member, { expires: Math.floor(Date.now() / 1000) - 3_600 }),
      "that nobody signed": `${btoa('{"alg":"none"}').replace(/=/g, "")}.${btoa(JSON.stringify({ ...member, iss: access.issuer, aud: "plp", sub: "x", exp: 9e9 })).replace(/=/g, "")}.`,
      "signed with the public key as a shared one": await new SignJWT({ ...member, sub: "x" })
        .setProtectedHeader({ alg: "HS256", kid: "ours" })
        .setIssuer(access.issuer)
        .setAudience("plp")
        .setExpirationTime("5m")
        .sign(new TextEncoder().encode(JSON.stringify(publicKey))),
      "that is none": "nonsense",
    };
    for (const [what, token] of Object.entries(refused)) expect(await statusOf(token), what).toBe(403);
    expect(await statusOf(null)).toBe(403);
    const { get } = apiOver(tokenGuard(access, keys));
    const answers = await Promise.all(
      [refused["that has ended"], refused["of somebody without a group"]].map(async (token) =>
        (await get("/api/roles", { authorization: `Bearer ${token}` })).text(),
      ),
    );
    expect(new Set(answers).size).toBe(1);
  });

  it("to acts, only members of the groups for acts", async () => {
    expect(await statusOf(await sign(member), access, "POST")).toBe(403);
    expect(await statusOf(await sign({ groups: ["platform"] }), access, "POST")).toBe(200);
  });

  it("nobody while the settings name no issuer, and nobody to its description either", async () => {
    expect(await statusOf(await sign(member), null)).toBe(403);
    const { get } = apiOver(tokenGuard(access, keys));
    expect((await get("/api/openapi.json")).status).toBe(403);
    expect((await get("/anything")).status).toBe(403);
  });

  it("and writes down who it was", async () => {
    const api = apiOver(tokenGuard(access, keys));
    const token = await sign({ groups: ["platform"] });
    await api.post("/api/pause", {}, { authorization: `Bearer ${token}` });
    const { events } = await api.history.store.load("control#rounds");
    expect(events).toMatchObject([{ actor: { kind: "person", id: "4711", name: "reviewer-1" } }]);
  });
});

describe("on one machine the API lets in", () => {
  const here = { host: "127.0.0.1:4800" };
  const status = async (headers: Record<string, string>) => {
    const api = apiOver(localGuard({ id: "me", name: "me" }));
    return [
      (await api.get("/api/roles", headers)).status,
      (await api.post("/api/pause", {}, headers)).status,
    ];
  };

  it("what this machine's own pages and programs ask", async () => {
    expect(await status(here)).toEqual([200, 200]);
    expect(await status({ host: "localhost:4800", origin: "http://localhost:4800" })).toEqual([200, 200]);
  });

  it("no page of somebody else's, by whichever name it found us", async () => {
    for (const headers of [
      { ...here, origin: "https://evil.example.com" },
      { ...here, origin: "null" },
      { ...here, origin: "http://127.0.0.1:9999" },
      { host: "evil.example.com" },
      { host: "127.0.0.1.evil.example.com:4800" },
      { host: "" },
    ])
      expect(await status(headers), JSON.stringify(headers)).toEqual([403, 403]);
  });
});
