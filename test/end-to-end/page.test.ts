import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { skipUnless } from "../support/skip.ts";
import { chromiumNeed, seriousFindings, startBrowser, visit } from "./browser.ts";
import { decideRequests, versionOf } from "./decided.ts";
import { type Serving, serve, temporaryFolder } from "./support.ts";

const shopArn = "arn:aws:iam::111122223333:role/ci/shop-prod";
const shop = `/roles/${shopArn}`;
const addresses = [
  "/",
  "/roles",
  `${shop}?version=4&from=3&show=approved`,
  "/audit?limit=20",
  "/who-can?action=iam:PassRole",
  "/runs",
];

skipUnless(chromiumNeed)("the page of plp up in a browser", () => {
  const folder = temporaryFolder();
  let serving: Serving;
  let browser: Browser;
  let base = "";

  beforeAll(async () => {
    const state = join(folder.path, "state");
    serving = await serve(state);
    await decideRequests(state, serving);
    base = serving.endpoints.web ?? "";
    browser = await startBrowser();
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await serving?.stop();
    folder.remove();
  });

  /** Opens an address and looks there; nothing may go wrong or elsewhere meanwhile. */
  async function look(
    address: string,
    then: (page: Page) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    const { page, complaints, end } = await visit(browser, base, options);
    try {
      await page.goto(address);
      await then(page);
      expect(complaints).toEqual([]);
    } finally {
      await end();
    }
  }
  const text = (page: Page, selector: string) => page.locator(selector).innerText();

  it("leads from what waits for a reviewer to the role and its policy", () =>
    look("/", async (page) => {
      expect(await page.title()).toBe("Overview · PLP");
      expect(await text(page, ".lead")).toMatch(/analysed 10 of 10 roles\.$/);
      const waiting = page.getByRole("table", { name: "Merge requests that wait for review" });
      expect(await waiting.getByRole("row").count()).toBe(3);
      await waiting.getByRole("link", { name: "billing-prod" }).click();
      await page.waitForURL(/\/roles\/arn:aws:iam::111122223333:role\/ci\/billing-prod$/);
      expect(await text(page, ".lead")).toMatch(/policy had 51 permissions.*; 18 more waited/);
      await page.getByRole("link", { name: "The approved policy as JSON" }).click();
      const json = await page.getByRole("region", { name: "The approved policy as JSON" }).innerText();
      expect(JSON.parse(json)).toHaveProperty("Statement");
      expect(page.url()).toMatch(/\?show=approved$/);
    }));

  it("goes through time with the keyboard, and says where it is", () =>
    look(shop, async (page) => {
      const slider = page.getByRole("slider", { name: "Version of the history" });
      const last = Number(await slider.getAttribute("max"));
      const proposed = await versionOf("PolicyProposed", shopArn, serving);
      await slider.focus();
      for (let version = last - 1; version >= proposed; version -= 1) {
        await page.keyboard.press("ArrowLeft");
        await page.waitForURL(`**/*?version=${version}`);
      }
      expect(await slider.getAttribute("aria-valuetext")).toMatch(/^version \d+, .*, PolicyProposed$/);
      expect(await text(page, ".lead")).toMatch(/56 permissions.*21 more waited/);
      await page.keyboard.press("Home");
      await page.waitForURL("**/*?version=1");
      expect(await text(page, ".here")).toMatch(/^Version 1 of \d+ · .*RoleDiscovered/);
      expect(await text(page, ".lead")).toContain("0 permissions");
      expect(await page.evaluate("document.activeElement.type")).toBe("range");
    }));

  it("every state is an address: another browser sees the same there, and back is back", () =>
    look(shop, async (page) => {
      await page.getByRole("link", { name: "Earlier" }).click();
      await page.waitForURL(/version=/);
      await page.getByRole("link", { name: "What changed here" }).click();
      await page.waitForURL(/from=/);
      const [address, said] = [page.url(), await text(page, "#moment")];
      await look(address, async (other) => {
        expect(await text(other, "#moment")).toBe(said);
      });
      await page.goBack();
      await page.waitForURL(/version=\d+$/);
      // The address is there before what it shows.
      await page.getByRole("heading", { name: /^Difference/ }).waitFor({ state: "detached" });
    }));

  it("answers for a day, and tells what came since another moment, by whom", () =>
    look(shop, async (page) => {
      await page.getByLabel("On or at").fill("2001-01-01");
      await page.getByRole("button", { name: "Show" }).click();
      await page.getByText("PLP did not know this role then.").waitFor();
      await page.getByLabel("On or at").fill("");
      await page.getByLabel("Compare with").fill("3");
      await page.getByRole("button", { name: "Show" }).click();
      const difference = page.getByRole("table", { name: "Permissions added and removed" });
      await difference.waitFor();
      expect(await difference.getByRole("row", { name: /added: .*reviewer-1/ }).count()).toBe(21);
      const permission = page
        .getByRole("row", { name: /iam:PassRole only to lambda\.amazonaws\.com/ })
        .last();
      expect(await permission.innerText()).toMatch(/reviewer-1\s+!\d+\s+inferred/);
    }));

  it("finds events by who did them, page after page", () =>
    look("/audit?limit=2", async (page) => {
      await page.getByRole("link", { name: "Older" }).click();
      await page.waitForURL(/cursor=/);
      expect(await text(page, ".count")).toMatch(/^2 events, newest first, continued/);
      await page.getByRole("link", { name: "Newest" }).click();
      await page.waitForURL(/audit\?limit=2$/);
      await page.getByLabel("Actor").fill("reviewer-1");
      await page.getByLabel("Event").selectOption("ProposalApproved");
      await page.getByRole("button", { name: "Search" }).click();
      await page.waitForURL(/actor=reviewer-1/);
      expect(await text(page, ".count")).toMatch(/^2 events/);
      await page.getByRole("link", { name: "shop-prod" }).click();
      await page.waitForURL(/shop-prod\?version=\d+$/);
      expect(await text(page, ".here")).toContain("merged as");
    }));

  it("says who can do something, and under which condition", () =>
    look("/who-can", async (page) => {
      await page.getByLabel("Action").fill("s3:GetBucketAcl");
      await page.getByRole("button", { name: "Ask" }).click();
      await page.waitForURL(/action=s3%3AGetBucketAcl/);
      expect(await text(page, ".lead")).toMatch(/^\d+ roles can s3:GetBucketAcl/);
      await page.getByLabel("Action").fill("iam:PassRole");
      await page.keyboard.press("Enter");
      await page.waitForURL(/action=iam%3APassRole/);
      expect(await page.getByRole("row", { name: /shop-prod/ }).innerText()).toContain(
        "only to lambda.amazonaws.com",
      );
    }));

  it("narrows the roles while one writes", () =>
    look("/roles", async (page) => {
      await page.getByRole("searchbox").pressSequentially("shop");
      await page.waitForURL(/q=shop$/);
      expect(await page.getByRole("row").count()).toBe(3);
    }));

  it("shows a run on its way through the services", async () =>
    look(`${shop}?version=${await versionOf("UsageObserved", shopArn, serving)}`, async (page) => {
      await page.getByRole("link", { name: "The run" }).click();
      await page.waitForURL(/\/runs\/[0-9a-f]{32}$/);
      const way = page.getByRole("list", { name: "The way through the services" });
      expect(await way.getByRole("listitem").allInnerTexts()).toEqual([
        expect.stringMatching(/^discovery done/),
        expect.stringMatching(/^analysis-poller done/),
        expect.stringMatching(/^merger done/),
        expect.stringMatching(/^mr-publisher done/),
        expect.stringMatching(/^reviewer done\s+merged it/),
      ]);
    }));

  it("works without JavaScript", () =>
    look(
      shop,
      async (page) => {
        await page.getByRole("slider").fill("1");
        await page.getByRole("button", { name: "Go there" }).click();
        await page.waitForURL(/version=1$/);
        expect(await text(page, ".here")).toContain("RoleDiscovered");
        await page.goto("/roles");
        await page.getByRole("searchbox").fill("search-prod");
        await page.getByRole("button", { name: "Find" }).click();
        await page.waitForURL(/q=search-prod$/);
        expect(await page.getByRole("row").count()).toBe(2);
      },
      { javaScriptEnabled: false },
    ));

  it("begins with a way past the navigation for the keyboard", () =>
    look("/", async (page) => {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.waitForURL(/#content$/);
      expect(await page.evaluate("document.activeElement.id")).toBe("content");
    }));

  it("says on the page when what it asked did not come", async () => {
    const { page, end } = await visit(browser, base);
    await page.goto(shop);
    await page.route("**/*", (route) => route.abort());
    await page.getByRole("link", { name: "Earlier" }).click();
    await page.getByText(/^Not loaded: .* What is shown is older\.$/).waitFor();
    await end();
  });

  it.each(addresses)(
    "axe finds nothing serious on %s, light or dark; a small phone is wide enough",
    (address) =>
      look(address, async (page) => {
        expect(await seriousFindings(page)).toEqual([]);
        await page.emulateMedia({ colorScheme: "dark" });
        expect(await seriousFindings(page, ["color-contrast", "link-in-text-block"])).toEqual([]);
        await page.setViewportSize({ width: 360, height: 740 });
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
      }),
  );
});
