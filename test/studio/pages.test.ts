import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { start } from "../../src/cli/testing.ts";
import { openStore } from "../../src/runs/store.ts";
import { findChromium, quietFlags } from "../browser/chromium.ts";
import { patience, patient } from "../patience.ts";
import { chord, fillStore, type MadeRun, type ServedStudio, serveStudio } from "./studio.ts";

const executablePath = findChromium();
const why =
  executablePath === undefined
    ? " (skipped: no Chromium here; install one, or name one in CHROME_PATH)"
    : "";
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What a browser would run if it were taken for more than text. */
const hostile = [
  "<script>document.title='owned'</script>",
  "<img src=x onerror=\"document.title='owned'\">",
  '"><svg onload="document.title=\'owned\'">',
  "javascript:document.title='owned'",
  "{{constructor.constructor('document.title=1')()}}",
  "</title></textarea><iframe srcdoc=\"<script>parent.document.title='owned'</script>\">",
];

const falling = (from: number, to: number): number[] =>
  Array.from({ length: 60 }, (_, i) => to + (from - to) * Math.exp(-i / 12));

const made: readonly MadeRun[] = [
  ...[1, 2, 3].map((seed) => ({ name: "mlp", seed, losses: falling(2.3, 0.1 + seed / 100) })),
  {
    ...{ name: "stuck", kind: "saddle" as const, losses: falling(2.3, 1.2) },
    config: { task: "train", method: "sgd", settings: { learningRate: 0.1, width: 32 } },
  },
  ...hostile.map((text, i) => ({
    ...{ name: text, note: text, losses: falling(2, 0.5), seed: 0 },
    config: { task: "train", method: text, settings: { [text]: text, learningRate: i } },
  })),
];

describe.skipIf(executablePath === undefined)(`the studio in a browser${why}`, () => {
  let profile: string;
  let context: BrowserContext;
  let studio: ServedStudio;
  let ids: string[] = [];
  const errors: string[] = [];

  let page: Page;

  /** The studio's page at a place, loaded anew, with the runs that it shows. */
  const open = async (path = "/"): Promise<void> => {
    await page.goto("about:blank");
    await page.goto(path === "/" ? studio.link : studio.origin + path);
    await page.waitForSelector("tr[data-line]");
  };
  const lines = (): Promise<string[]> => page.locator("tr[data-line]").allInnerTexts();

  beforeAll(async () => {
    profile = await mkdtemp(join(tmpdir(), "nadir-studio-profile-"));
    [context, studio] = await Promise.all([
      chromium.launchPersistentContext(profile, {
        ...(executablePath === undefined ? {} : { executablePath }),
        args: [...quietFlags],
        timeout: patience,
        headless: true,
      }),
      serveStudio(
        async (store) => {
          ids = await fillStore(store, made);
        },
        ["--write"],
      ),
    ]);
    page = await patient(context).newPage();
    await page.setViewportSize({ width: 1280, height: 800 });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await open();
  });

  afterAll(async () => {
    await context?.close();
    await studio?.[Symbol.asyncDispose]();
    await rm(profile, { recursive: true, force: true });
  });

  test("the link lets the browser in, the token leaves the address, and the runs stand there", async () => {
    await open();
    await expect.poll(() => page.url()).toBe(`${studio.origin}/`);
    const all = await lines();
    // Three seeds are one line.
    expect(all.length).toBe(made.length - 2);
    expect(all.at(-1)).toMatch(/mlp\s*× 3 seeds/);
    await page.getByRole("button", { name: /× 3 seeds/ }).click();
    await expect.poll(lines).toHaveLength(made.length + 1);
    const stranger = await context.browser()?.newContext();
    const other = (await stranger?.newPage()) ?? (await context.newPage());
    if (stranger !== undefined) {
      await other.goto(studio.origin);
      await other.waitForSelector("[role=alert]");
      await expect
        .poll(() => other.locator("[role=alert]").allInnerTexts())
        .toEqual([expect.stringContaining("studio/session")]);
    }
    await stranger?.close();
  });

  test("what users wrote is text, wherever it is shown", async () => {
    await open();
    for (const text of hostile)
      await expect.poll(() => page.getByText(text).count()).toBeGreaterThan(0);
    for (const id of ids.slice(4, 6)) {
      await page.goto(`${studio.origin}/run/${id}`);
      await page.waitForSelector("main h1");
      await page
        .getByText(hostile[ids.indexOf(id) - 4] ?? "")
        .first()
        .waitFor();
    }
    expect(await page.title()).not.toContain("owned");
    expect(await page.locator("main script, main iframe, main img").count()).toBe(0);
  });

  test("a filter works while it is typed, stands in the link, and an empty list says so", async () => {
    await open();
    await page.keyboard.press("/");
    await page.keyboard.type("stuck");
    await expect.poll(lines).toHaveLength(1);
    await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("stuck");
    await page.reload();
    await expect.poll(lines).toHaveLength(1);
    await page.getByLabel("Filter the runs").fill("stuck nosuchrun");
    await page.getByText("No run matches").waitFor();
    await expect.poll(() => page.locator(".list-none s").allInnerTexts()).toEqual(["nosuchrun"]);
    await page.getByRole("button", { name: "drop it" }).click();
    await expect.poll(lines).toHaveLength(1);
  });

  test("the keyboard moves, selects, compares, opens and helps", async () => {
    await open();
    await page.keyboard.press("j");
    await page.keyboard.press(" ");
    await page.keyboard.press("j");
    await page.keyboard.press(" ");
    await expect.poll(() => page.locator("tr[aria-selected=true]").count()).toBe(2);
    await expect.poll(() => new URL(page.url()).searchParams.get("s")?.split(",")).toHaveLength(2);
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("compare what is selected").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await page.keyboard.press("C");
    await page.waitForURL(/\/compare\?r=\w+,\w+$/);
    await chord(page, "g", "r");
    await page.waitForURL(`${studio.origin}/`);
    await page.waitForSelector("tr[data-line]");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/run\/\w+$/);
    await page.goBack();
    await page.waitForSelector("tr[data-line]");
  });

  test("each page's keys are listed on it; a picture under the pointer hears its own; all can be switched off", async () => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const [a = "", b = ""] = ids;
    const everywhere = ["?", "g r", "g p", "/", "L", "c", ".", "Esc"];
    const curves = ["x", "X", "y", "S", "e", "T"];
    const dialog = page.getByRole("dialog");
    for (const [path, ready, keys] of [
      ["/", "tr[data-line]", ["j", "k", "Enter", "Space", "C", "x", "y", "e", "T"]],
      [`/run/${a}`, "#curve canvas", ["[", "]", ...curves]],
      [`/compare?r=${a},${b}`, "#curve canvas", ["d", ...curves]],
      ["/play", ".play-middle canvas", ["Space", "3", "e"]],
    ] as const) {
      await page.goto(studio.origin + path);
      await page.waitForSelector(ready);
      await page.keyboard.press("?");
      await dialog.waitFor();
      const told = await dialog
        .locator("dt")
        .evaluateAll((all) =>
          all.map((dt) => [...dt.querySelectorAll("kbd")].map((kbd) => kbd.textContent).join(" ")),
        );
      expect(told).toEqual(expect.arrayContaining([...everywhere, ...keys]));
      await page.keyboard.press("Escape");
      await expect.poll(() => dialog.count()).toBe(0);
      await page.keyboard.press("c");
      await page.getByText("link copied").waitFor();
      expect(await page.evaluate("navigator.clipboard.readText()")).toBe(page.url());
      await page.keyboard.press(".");
      await page.getByRole("button", { name: "paused" }).waitFor();
      await page.keyboard.press(".");
      await page.getByRole("button", { name: /^(live|\d+ running)$/ }).waitFor();
    }
    await page.keyboard.press("L");
    await page.waitForURL(new RegExp(`/run/${ids.at(-1)}$`));
    const figure = page.locator("#curve .figure").first();
    await figure.locator(".figure-picture").hover();
    await page.keyboard.press("e");
    await figure.locator(".export-menu").waitFor();
    await page.keyboard.press("T");
    await figure.locator(".data-table").waitFor();

    await page.keyboard.press("?");
    await dialog.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await expect.poll(() => dialog.count()).toBe(0);
    for (const key of ["?", "T", "g", "r"]) await page.keyboard.press(key);
    expect(await dialog.count()).toBe(0);
    expect(await figure.locator(".data-table").count()).toBe(1);
    expect(page.url()).toContain("/run/");
    await page.getByRole("button", { name: "Keyboard and help" }).click();
    await dialog.getByRole("checkbox").check();
    await page.keyboard.press("Escape");
    await expect.poll(() => dialog.count()).toBe(0);
    await page.keyboard.press("?");
    await dialog.waitFor();
    // Asked for again in the moment in which it is gone, before the browser has told that it is.
    await page.evaluate(`(() => {
      const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      const help = document.querySelector("dialog.help");
      const again = new MutationObserver(() => {
        again.disconnect();
        press("?");
        help.addEventListener("close", () => setTimeout(() => (help.dataset.told = "closed"), 100), { once: true });
      });
      again.observe(help, { attributeFilter: ["open"] });
      press("Escape");
    })()`);
    await page.locator("dialog.help[data-told]").waitFor({ state: "attached" });
    expect(await dialog.count()).toBe(1);
    await page.keyboard.press("Escape");
    await expect.poll(() => dialog.count()).toBe(0);
  });

  test("a line of the picture is a button: hovered it is named, clicked it is selected", async () => {
    await open("/?q=stuck");
    const box = await page.locator(".chart-over").boundingBox();
    if (box === null) throw new Error("no picture");
    const named = async (): Promise<boolean> => {
      for (let y = 20; y < box.height - 30; y += 6) {
        await page.mouse.move(box.x + box.width / 2, box.y + y);
        if ((await page.locator("tr.list-lifted").count()) === 1) return true;
      }
      return false;
    };
    await expect.poll(named).toBe(true);
    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(() => page.locator("tr[aria-selected=true]").count()).toBe(1);
  });

  test("archiving and tagging change the store, and can be taken back", async () => {
    await open("/?q=stuck");
    await page.keyboard.press(" ");
    await page.getByLabel("Tag", { exact: true }).fill("paper");
    await page.getByRole("button", { name: "Tag", exact: true }).click();
    await page.locator("tr[data-line]").getByText("paper").waitFor();
    await page.getByRole("button", { name: "Archive" }).click();
    await expect.poll(lines).toHaveLength(0);
    const archived = async (): Promise<boolean> => {
      await using store = await openStore(studio.store, { readOnly: true });
      return store.run(ids[3] ?? "").archived !== undefined;
    };
    expect(await archived()).toBe(true);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(lines).toHaveLength(1);
    expect(await archived()).toBe(false);
  });

  test("what is selected is exported as the terminal would, and deleted for the count alone", async () => {
    await open("/?q=onerror");
    await page.keyboard.press(" ");
    await page.getByRole("button", { name: "Export" }).click();
    const { text } = await saved(page, () =>
      page.getByRole("button", { name: "Download" }).click(),
    );
    const [victim = ""] = new URL(page.url()).searchParams.get("s")?.split(",") ?? [];
    const { stdout } = await start(["export", victim], studio.folder).ended;
    expect(text.trim()).toBe(stdout.trim());
    await page
      .getByRole("combobox", { name: /^What/ })
      .selectOption({ label: "a row for each run" });
    await page.getByRole("combobox", { name: /^As/ }).selectOption({ label: "JSON Lines" });
    const rows = await saved(page, () => page.getByRole("button", { name: "Download" }).click());
    expect(rows.name).toBe(`${victim}-runs.jsonl`);
    expect(JSON.parse(rows.text)).toMatchObject({ id: victim, name: hostile[1] });
    expect(await violations(page)).toEqual([]);

    await page.getByRole("button", { name: "Delete …" }).click();
    const button = page.getByRole("button", { name: "Delete 1 run" });
    for (const wrong of ["", "2", "yes"]) {
      await page.getByLabel("Type 1 to delete").fill(wrong);
      await expect.poll(() => button.isDisabled()).toBe(true);
    }
    await page.getByLabel("Type 1 to delete").fill("1");
    expect(await violations(page)).toEqual([]);
    await button.click();
    await page.getByText("1 deleted").waitFor();
    await page.getByText("No run matches").waitFor();
    await using store = await openStore(studio.store, { readOnly: true });
    expect(store.runs().map(({ id }) => id)).toEqual(ids.filter((id) => id !== victim).reverse());
  });

  test("a training in another process appears, grows and ends while the page is open", async () => {
    await open();
    await writeFile(join(studio.folder, "live.ts"), training);
    const { child, ended } = start(["train", "live.ts", "--name", "lively"], studio.folder);
    const row = page.locator("tr[data-line]", { hasText: "lively" });
    await row.waitFor();
    // What the page shows is what the store had at most a second before.
    await expect
      .poll(async () => (await row.getByRole("img", { name: "running" }).count()) > 0)
      .toBe(true);
    const told = async (): Promise<string> => (await row.allInnerTexts()).join(" ");
    const before = await told();
    await expect.poll(told).not.toBe(before);
    child.kill("SIGINT");
    await ended;
    await expect
      .poll(async () => (await row.getByRole("img", { name: "running" }).count()) > 0)
      .toBe(false);
  });

  test.for([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
  ] as const)("no violation of accessibility rules, %s at %i px", async ([scheme, width]) => {
    await page.setViewportSize({ width, height: 800 });
    await open();
    await page.emulateMedia({ colorScheme: scheme });
    await page.keyboard.press(" ");
    await page.getByText("1 selected").waitFor();
    expect(await violations(page)).toEqual([]);
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    expect(wide).toBeLessThanOrEqual(width);
  });

  test("a store that is not there yet says how to begin, and a page without a run what is wrong", async () => {
    await using empty = await serveStudio();
    await page.goto(empty.link);
    await page.getByText("No runs yet").waitFor();
    expect(await violations(page)).toEqual([]);
    await fillStore(empty.store, [{ name: "first", losses: [2, 1] }]);
    await page.locator("tr[data-line]", { hasText: "first" }).waitFor();
    await page.goto(`${empty.origin}/run/zzzz`);
    await page.getByText("store/unknown-run").first().waitFor();
    const nowhere = await page.goto(`${empty.origin}/nowhere`);
    expect(nowhere?.status()).toBe(404);
    await page.getByText("is no page of the studio").waitFor();
    await page.getByRole("link", { name: "To the runs" }).click();
    await page.locator("tr[data-line]", { hasText: "first" }).waitFor();
    // It would go on asking for a studio that is gone.
    await page.goto("about:blank");
  });

  test("a studio that is gone is missed in words, one that was started anew asks for its link, and all goes on", async () => {
    const fill = (name: string) => async (store: string) => {
      await fillStore(store, [{ name, losses: [2, 1] }]);
    };
    // Not the page whose errors are counted: a browser tells each connection that is refused.
    const own = await context.newPage();
    const banner = own.locator(".lost");
    const first = await serveStudio(fill("before"));
    await own.goto(first.link);
    await own.locator("tr[data-line]", { hasText: "before" }).waitFor();
    await first[Symbol.asyncDispose]();
    await own.getByText("The studio does not answer").waitFor();
    // What was read stays.
    expect(await own.locator("tr[data-line]", { hasText: "before" }).count()).toBe(1);
    await using again = await serveStudio(fill("after"), ["--port", String(first.port)]);
    await banner.getByText("answers again").waitFor();
    const entering = await context.newPage();
    await entering.goto(again.link);
    await banner.waitFor({ state: "detached" });
    await own.locator("tr[data-line]", { hasText: "after" }).waitFor();
    await Promise.all([own.close(), entering.close()]);
  });

  test("no page threw, and nothing was refused by the policy", () => {
    // A browser tells each answer of 401 and 404 that a test above asked for.
    const own = errors.filter((text) => !/status of 40[14]/.test(text));
    expect(own).toEqual([]);
  });
});

/** The file that a page hands over. */
async function saved(
  page: Page,
  act: () => Promise<void>,
): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return {
    name: download.suggestedFilename(),
    text: await readFile(await download.path(), "utf8"),
  };
}

/** What axe-core finds wrong: rule and place. */
async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(await readFile(axe, "utf8"));
  const found = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => " +
      "violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')))",
  );
  return found as string[]; // what the expression says
}

/** A plane through a thousand points, with as many steps as anyone will watch. */
const training = `import { dataset, defineTraining, normal, problem, sgd } from "nadir";

const x = Array.from({ length: 1000 }, (_, i) => Array.from({ length: 100 }, (_, k) => Math.sin(i + 7 * k)));
const y = x.map(([a = 0]) => 2 * a - 1);

export default defineTraining({
  settings: { rate: 1e-7 },
  build: ({ rate }) =>
    problem({
      params: (key) => ({ w: normal(key, [100]) }),
      loss: ({ w }, batch) => batch.x.matmul(w).sub(batch.y).square().mean(),
      data: dataset({ x, y }),
      method: sgd(rate),
      steps: 1e9,
      batchSize: 1000,
    }),
});
`;
