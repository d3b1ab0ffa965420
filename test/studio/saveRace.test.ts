import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { spawned } from "../../src/cli/testing.ts";
import { openStore } from "../../src/runs/store.ts";
import { findChromium, quietFlags } from "../browser/chromium.ts";
import { patience, patient } from "../patience.ts";
import { ask, type ServedStudio, serveStudio } from "./studio.ts";

const executablePath = findChromium();
const race = "/play#v=1&f=himmelblau&m=lbfgs;trustRegion";

describe("a race of the playground", () => {
  let studio: ServedStudio;
  let browser: Browser | undefined;

  beforeAll(async () => {
    studio = await serveStudio(undefined, ["--write"]);
    if (executablePath === undefined) return;
    browser = await chromium.launch({ executablePath, args: [...quietFlags], timeout: patience });
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.[Symbol.asyncDispose]();
  });

  async function open({ link, origin }: ServedStudio): Promise<Page> {
    const page = patient(await browser!.newPage({ reducedMotion: "reduce" }));
    await page.goto(link);
    await page.waitForSelector(".bar");
    await page.goto(`${origin}${race}`);
    await page.waitForSelector("button:has-text('Save as'):enabled");
    return page;
  }

  test("is kept for nobody but this page, and only if it is one", async () => {
    const { port, cookie, origin, store } = studio;
    const send = (body: string, headers: Record<string, string> = {}) =>
      ask(port, "POST", "/api/play/runs", {
        headers: { Cookie: cookie, Origin: origin, ...headers },
        body,
      });
    expect((await send("{}", { Cookie: "" })).status).toBe(401);
    expect((await send("{}", { Origin: "http://evil.example" })).status).toBe(403);
    expect((await send("{}", { Host: "evil.example" })).status).toBe(421);
    for (const body of ["{}", "[]", "x", '{"racers":[{}]}']) {
      expect([body, (await send(body)).status]).toEqual([body, 400]);
    }
    expect((await send("x".repeat(16_000_001))).status).toBe(413);
    await using opened = await openStore(store);
    expect(opened.runs()).toEqual([]);
  });

  test.skipIf(executablePath === undefined)(
    "becomes runs, one a method, and the page leads to their comparison",
    async () => {
      const page = await open(studio);
      await page.click("text=Save as runs");
      await page.waitForURL(/\/compare\?r=\w+,\w+$/);
      await expect
        .poll(() => page.locator("#content").innerText())
        .toMatch(/lbfgs[\s\S]*trustRegion/);
      await page.goto(`${studio.origin}/`);
      await page.waitForSelector(".chart-over");
      await expect.poll(() => page.locator(".chart-head").first().innerText()).toMatch(/2 runs/);
      await page.keyboard.press("e");
      for (const [nth, content] of [/himmelblau lbfgs \w+,0,/, /minimum,\d/].entries()) {
        const download = page.waitForEvent("download");
        await page.getByRole("button", { name: "CSV", exact: true }).nth(nth).click();
        expect(readFileSync(await (await download).path(), "utf8")).toMatch(content);
      }
      await using store = await openStore(studio.store, { readOnly: true });
      const runs = store.runs();
      expect(runs.map(({ config }) => config["method"])).toEqual(["lbfgs", "trustRegion"]);
      const [lbfgs] = runs;
      expect(lbfgs).toMatchObject({
        name: "himmelblau lbfgs",
        verdictKind: "local-minimum",
        seed: 0,
      });
      expect(lbfgs?.tags).toEqual([expect.stringMatching(/^play\/\w{6}$/)]);
      expect(store.notes.list(lbfgs?.id ?? "")[0]?.text).toBe(`from Play: ${race}`);
      expect(store.series(lbfgs?.id ?? "", "loss").values.at(-1)).toBe(lbfgs?.loss);
      expect(store.check()).toEqual([]);
    },
  );

  test.skipIf(executablePath === undefined)(
    "is a file for nadir import where the studio only shows",
    async () => {
      await using reader = await serveStudio(async (store) => {
        await using opened = await openStore(store);
        void opened;
      });
      const page = await open(reader);
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        page.click("text=Save as file"),
      ]);
      await expect
        .poll(() => page.locator(".play-saved").innerText())
        .toMatch(/nadir import race-himmelblau\.nadir/);
      const file = join(reader.folder, saved.suggestedFilename());
      writeFileSync(file, readFileSync(await saved.path()));
      const { stdout } = await spawned(["import", file], reader.folder);
      expect(stdout).toMatch(/himmelblau/);
      expect(stdout.trim().split("\n")).toHaveLength(2);
    },
  );
});
