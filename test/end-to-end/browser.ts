import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { program } from "../support/skip.ts";

let found = "";

/** Debian's own browser: `apt-get install chromium`. */
export const chromiumNeed = program("chromium", "Chromium (chromium)", (path) => {
  found = path;
  return null;
});

export function startBrowser(): Promise<Browser> {
  // Its sandbox needs what neither root nor a container has; it opens our own page and nothing else.
  return chromium.launch({ executablePath: found, args: ["--no-sandbox", "--disable-gpu"] });
}

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core finds serious or worse on a page, a sentence for each kind; by all its rules, or by these. */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  // By the debugger, so that the page's own Content-Security-Policy stays in force.
  await page.evaluate(axe.source);
  const options = { resultTypes: ["violations"], ...(rules === undefined ? {} : { runOnly: rules }) };
  const violations = await page.evaluate<readonly Violation[]>(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

export interface Visit {
  readonly page: Page;
  /** Errors, what the console says of them, and requests to anybody else. */
  readonly complaints: readonly string[];
  end(): Promise<void>;
}

/** A page of its own. */
export async function visit(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(baseURL)) complaints.push(`it asked ${request.url()}`);
  });
  return { page, complaints, end: () => context.close() };
}
