/**
 * What the page does beyond its links and forms. The server renders every state; this only asks for the same address
 * that a click without it would load, and replaces the elements marked `data-region`, so that the slider answers while
 * it is moved, typing finds, and a run is seen to go on. Without it everything still works.
 */

type Address = "push" | "replace" | "keep";

const progress = document.querySelector<HTMLElement>("#progress");
let asked = new AbortController();
/** The address that the page shows. */
let shown = withoutFragment();

function withoutFragment(): string {
  return location.pathname + location.search;
}

/** Puts the regions of that address into this page. */
async function swap(url: URL, address: Address): Promise<void> {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const slow = setTimeout(() => tell("busy", "Loading"), 150);
  try {
    const response = await fetch(url, { headers: { accept: "text/html" }, signal });
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    if (signal.aborted) return;
    if (!response.ok && address === "keep") throw new Error(`the answer was ${response.status}`);
    const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
    const fresh = regions.map((region) => next.getElementById(region.id));
    // Another kind of page, such as one that says what is wrong: shown as a whole.
    if (fresh.includes(null)) return location.assign(url);
    for (const [index, region] of regions.entries()) replace(region, fresh[index] ?? null);
    document.title = next.title;
    if (address === "push") history.pushState(null, "", url);
    if (address === "replace") history.replaceState(null, "", url);
    shown = withoutFragment();
    follow(next);
    tell("", "");
    if (address !== "keep") say(next);
  } catch (error) {
    if (!signal.aborted)
      tell(
        "failed",
        `Not loaded: ${error instanceof Error ? error.message : "no answer"}. What is shown is older.`,
      );
  } finally {
    clearTimeout(slow);
  }
}

/** Replaces an element unless it says the same; keeps what was opened in it, and the focus. */
function replace(region: HTMLElement, fresh: HTMLElement | null): void {
  if (fresh === null || fresh.outerHTML === region.outerHTML) return;
  const opened = new Set(
    [...region.querySelectorAll("details[open] > summary")].map(({ textContent }) => textContent),
  );
  const focused = region.contains(document.activeElement) ? document.activeElement?.textContent : undefined;
  for (const details of fresh.querySelectorAll("details")) {
    if (opened.has(details.querySelector("summary")?.textContent ?? "")) details.open = true;
  }
  region.replaceWith(fresh);
  if (focused === undefined) return;
  const again = [...fresh.querySelectorAll<HTMLElement>("a, summary, button")].find(
    ({ textContent }) => textContent === focused,
  );
  (again ?? document.querySelector<HTMLElement>("#content"))?.focus({ preventScroll: true });
}

/** What a reader of the screen sees at once: said to those who hear it. */
function say(next: Document): void {
  const says = document.querySelector("#says");
  const sentence = next.querySelector(".count, .lead, .empty, .problem")?.textContent ?? "";
  if (says !== null) says.textContent = sentence.replace(/\s+/g, " ").trim();
}

function tell(state: "" | "busy" | "failed", text: string): void {
  if (progress === null) return;
  progress.className = state;
  progress.textContent = state === "busy" ? "" : text;
  for (const region of document.querySelectorAll("[data-region]"))
    region.toggleAttribute("aria-busy", state === "busy");
}

function addressOf(form: HTMLFormElement): URL {
  // Not form.action: that is a field where one has this name.
  const url = new URL(form.getAttribute("action") ?? "", location.href);
  const fields = [...new FormData(form)].filter(([, value]) => value !== "");
  url.search = new URLSearchParams(fields.map(([name, value]) => [name, String(value)])).toString();
  return url;
}

/** The slider: says at once where it stands, asks for what held there shortly after. */
function slider(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>("[data-slider] input");
}

function moveTo(input: HTMLInputElement, version: number): void {
  input.value = String(version);
  const label = document.querySelector(`#texts option[value="${version}"]`)?.getAttribute("label");
  input.setAttribute("aria-valuetext", label ?? `version ${version}`);
}

/** The slider is not replaced, it may be held: it goes where the page that was loaded says. */
function follow(next: Document): void {
  const input = slider();
  const there = next.querySelector<HTMLInputElement>("[data-slider] input");
  if (input === null || there === null) return;
  if (document.activeElement !== input) input.value = there.value;
  if (input.value === there.value)
    input.setAttribute("aria-valuetext", there.getAttribute("aria-valuetext") ?? "");
}

let later: ReturnType<typeof setTimeout> | undefined;
function soon(milliseconds: number, what: () => void): void {
  clearTimeout(later);
  later = setTimeout(what, milliseconds);
}

document.addEventListener("input", ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.form === null) return;
  const { form } = target;
  if (form.hasAttribute("data-slider")) {
    moveTo(target, Number(target.value));
    soon(60, () => swap(withCompared(addressOf(form)), "replace"));
  } else if (form.dataset.swap === "typing") {
    soon(150, () => swap(addressOf(form), "replace"));
  }
});

/** The slider keeps what it is compared with. */
function withCompared(url: URL): URL {
  const from = new URL(location.href).searchParams.get("from");
  if (from !== null) url.searchParams.set("from", from);
  return url;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "get" || !form.dataset.swap) return;
  event.preventDefault();
  clearTimeout(later);
  void swap(addressOf(form), "push");
});

document.addEventListener("click", (event) => {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link =
    event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-swap]") : null;
  if (link === null) return;
  event.preventDefault();
  void swap(new URL(link.href), "push");
});

// Also where only the fragment changed, which the browser has dealt with.
addEventListener("popstate", () => {
  if (shown !== withoutFragment()) location.reload();
});

/** Regions that change by themselves are asked for again while somebody looks. */
async function refresh(): Promise<void> {
  const seconds = Number(document.querySelector<HTMLElement>("[data-refresh]")?.dataset.refresh);
  if (!(seconds > 0)) return;
  if (!document.hidden) await swap(new URL(location.href), "keep");
  setTimeout(refresh, seconds * 1_000);
}

document.documentElement.classList.add("script");
setTimeout(refresh, 2_000);
