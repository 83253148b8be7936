/**
 * Makes the pictures of the README anew, of `plp up` on its sample: `node test/end-to-end/pictures.ts`. Only the times in
 * them and what depends on them differ from run to run.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { startBrowser, visit } from "./browser.ts";
import { decideRequests, openRequests, versionOf } from "./decided.ts";
import { serve, temporaryFolder } from "./support.ts";

const WIDTH = 1120;
/** A reader with a slow line waits for them. */
const MOST_BYTES = 200_000;
const shopArn = "arn:aws:iam::111122223333:role/ci/shop-prod";
const shop = `/roles/${shopArn}`;

const folder = temporaryFolder();
const state = join(folder.path, "state");
const serving = await serve(state);
const browser = await startBrowser();

async function picture(name: string, address: string, height: number, dark = false): Promise<void> {
  const { origin } = new URL(address);
  const colorScheme = dark ? "dark" : "light";
  const { page, end } = await visit(browser, origin, { colorScheme, viewport: { width: WIDTH, height } });
  await page.goto(address);
  const path = join(import.meta.dirname, "../../docs", `${name}.png`);
  await page.screenshot({ path });
  await end();
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`);
  process.stderr.write(`${path}: ${size} bytes\n`);
}

try {
  const requests = await openRequests(serving.gitlab.as("reviewer-1"));
  const request = requests.find(({ title }) => title.startsWith("Draft: shop:"));
  await picture("merge-request", request?.web_url ?? "", 1000);
  await decideRequests(state, serving);
  const { web = "" } = serving.endpoints;
  await picture("overview", web, 900);
  await picture("role", `${web}${shop}`, 1000);
  const proposed = await versionOf("PolicyProposed", shopArn, serving);
  await picture("difference", `${web}${shop}?from=${proposed}`, 1000, true);
} finally {
  await browser.close();
  await serving.stop();
  folder.remove();
}
