import { createHash } from "node:crypto";
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { apiOver, openGuard } from "../api/testing.ts";
import { served } from "../served.ts";

const PAGE = "https://plp.example.com";
const access = {
  issuer: "https://login.example.com/",
  jwks_url: "https://login.example.com/keys",
  audience: "plp",
  groups: ["security"],
  groups_claim: "groups",
  login: {
    client_id: "plp-page",
    authorize_url: "https://login.example.com/authorize?prompt=login",
    token_url: "https://login.example.com/token",
    scope: "openid profile email",
  },
};
const html = { accept: "text/html,application/xhtml+xml" };

interface Lie {
  readonly claims?: Record<string, unknown>;
  readonly audience?: string;
  readonly expires?: number;
  readonly strange?: true;
  readonly answer?: () => Response;
}

/** An identity provider, the page behind it, and a browser that follows no redirection by itself and keeps cookies. */
async function browser({ claims = {}, audience = "plp-page", expires = 300, strange, answer }: Lie = {}) {
  const [ours, others] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  const keys = createLocalJWKSet({
    keys: [{ ...(await exportJWK(ours.publicKey)), alg: "ES256", kid: "k" }],
  });
  const { ports, history } = apiOver(openGuard);
  let asked = new URL(PAGE);
  const provider: typeof globalThis.fetch = async (url, init) => {
    const form = new URLSearchParams(String(init?.body));
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    expect([String(url), form.get("redirect_uri")]).toEqual([access.login.token_url, `${PAGE}/login/done`]);
    if (challenge !== asked.searchParams.get("code_challenge")) return new Response("no", { status: 400 });
    if (answer !== undefined) return answer();
    const token = new SignJWT({
      ...{ sub: "4711", preferred_username: "reviewer-1", groups: ["security"] },
      nonce: asked.searchParams.get("nonce"),
      ...claims,
    });
    const signed = token
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setIssuer(access.issuer)
      .setAudience(audience)
      .setExpirationTime(Math.floor(ports.clock.now().getTime() / 1000) + expires);
    return Response.json({ id_token: await signed.sign((strange ? others : ours).privateKey) });
  };
  const app = served({ ports, access, provider: { keys, fetch: provider } });
  const cookies = new Map<string, string>();
  const set: string[] = [];
  const get = async (path: string, headers: Record<string, string> = html, method = "GET") => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await app.request(new URL(path, PAGE).href, { method, headers: { ...headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      set.push(line);
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return {
      status: response.status,
      to: response.headers.get("location") ?? "",
      text: await response.text(),
    };
  };
  return {
    ...{ get, cookies, set },
    /** Later, by so many seconds. */
    wait: (seconds: number) =>
      history.setNow(new Date(ports.clock.now().getTime() + seconds * 1000).toISOString()),
    /** Asks for a path, goes to sign in and comes back with a code; answers what the page says then. */
    async signIn(path: string, change: (back: URL) => void = () => undefined) {
      const { to } = await get(path);
      asked = new URL(to.startsWith("/login") ? (await get(to)).to : to);
      const back = new URL(asked.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("code", "a-code");
      back.searchParams.set("state", asked.searchParams.get("state") ?? "");
      change(back);
      return { asked, back, came: await get(back.pathname + back.search) };
    },
  };
}

describe("signing in to the page", () => {
  it("leads a browser to the identity provider and back to where it wanted to go", async () => {
    const { signIn, get, set } = await browser();
    const { asked, came } = await signIn("/roles?q=shop");
    expect(asked.origin + asked.pathname).toBe("https://login.example.com/authorize");
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      prompt: "login",
      response_type: "code",
      client_id: "plp-page",
      redirect_uri: `${PAGE}/login/done`,
      code_challenge_method: "S256",
    });
    expect(came).toMatchObject({ status: 302, to: "/roles?q=shop" });
    for (const line of set) expect(line).toMatch(/^__Host-plp.*Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(await get("/roles?q=shop")).toMatchObject({ status: 200 });
    expect(await get("/api/roles", {})).toMatchObject({ status: 200, text: "[]" });
  });

  it("ends after eight hours", async () => {
    const { signIn, get, wait } = await browser();
    await signIn("/");
    wait(7.9 * 3_600);
    expect((await get("/")).status).toBe(200);
    wait(0.2 * 3_600);
    expect(await get("/")).toMatchObject({ status: 302, to: "/login?to=%2F" });
  });

  it("lets nobody act: acts need a token", async () => {
    const { signIn, get } = await browser();
    await signIn("/");
    expect((await get("/api/pause", {}, "POST")).status).toBe(403);
  });

  it("is nothing for programs: they get 403, with a wrong token, too", async () => {
    const { get } = await browser();
    expect((await get("/api/roles", { accept: "application/json" })).status).toBe(403);
    expect((await get("/", { ...html, authorization: "Bearer a.b.c" })).status).toBe(403);
  });

  it.each<[string, Lie]>([
    ["of another group", { claims: { groups: ["sales"] } }],
    ["without a group", { claims: { groups: undefined } }],
    ["for another program", { audience: "plp" }],
    ["of another sign-in", { claims: { nonce: "another" } }],
    ["that has ended", { expires: -120 }],
    ["that a stranger signed", { strange: true }],
    ["that did not come", { answer: () => Response.json({ error: "server_error" }) }],
    ["that the identity provider refused", { answer: () => new Response("secret", { status: 400 }) }],
  ])("an ID token %s signs nobody in", async (_what, lie) => {
    const { signIn, get, cookies } = await browser(lie);
    const { came } = await signIn("/");
    expect(came.status).toBe(403);
    expect(came.text).not.toContain("secret");
    expect([...cookies.keys()]).toEqual([]);
    expect((await get("/")).status).toBe(302);
  });

  it("takes no answer that it did not ask for", async () => {
    const { signIn, get, cookies, wait } = await browser();
    const forged = await signIn("/", (back) => back.searchParams.set("state", "another"));
    expect(forged.came.status).toBe(400);
    const refused = await signIn("/", (back) => back.searchParams.delete("code"));
    expect(refused.came.status).toBe(400);
    const { back } = await signIn("/");
    cookies.clear();
    expect((await get(back.pathname + back.search)).status).toBe(400);
    await get("/login");
    wait(601);
    expect((await get("/login/done?code=a&state=b")).status).toBe(400);
  });

  it("takes no session that it did not make", async () => {
    const { signIn, get, cookies } = await browser();
    await get("/login");
    cookies.set("__Host-plp", cookies.get("__Host-plp-login") ?? "");
    expect((await get("/")).status).toBe(302);
    await signIn("/");
    const [head = "", body = "", signature = ""] = (cookies.get("__Host-plp") ?? "").split(".");
    const changed = Buffer.from(Buffer.from(body, "base64url").toString().replace("4711", "4712"));
    cookies.set("__Host-plp", [head, changed.toString("base64url"), signature].join("."));
    expect((await get("/")).status).toBe(302);
  });

  it.each([
    "//evil.example/x",
    "https://evil.example/x",
    "/\\evil.example",
    "javascript:alert(1)",
    "/login",
    "http:",
  ])("leads nowhere else: %s", async (to) => {
    const { signIn } = await browser();
    const { came } = await signIn(`/login?to=${encodeURIComponent(to)}`);
    expect(new URL(came.to, PAGE).origin).toBe(PAGE);
    expect(came.to).toMatch(/^\/(?![/\\])/);
  });
});
