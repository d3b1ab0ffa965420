import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatNumber } from "../../src/cli/format.ts";
import { spawned } from "../../src/cli/testing.ts";
import { findChromium, quietFlags } from "../browser/chromium.ts";
import { serveTrained, type TrainedStudio, violations } from "./trained.ts";

const executablePath = findChromium();
const why =
  executablePath === undefined ? " (skipped: no Chromium here; name one in CHROME_PATH)" : "";

describe.skipIf(executablePath === undefined)(`the pages of runs${why}`, () => {
  let studio: TrainedStudio;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const errors: string[] = [];

  const open = async (path: string): Promise<void> => {
    await page.goto(`${studio.origin}${path}`);
    await page.waitForSelector("h1 >> nth=0");
  };
  const summary = (nth = 0): Promise<string> =>
    page.locator(".figure-summary").nth(nth).innerText();
  const text = (): Promise<string> => page.locator("#content").innerText();

  beforeAll(async () => {
    const path = executablePath === undefined ? {} : { executablePath };
    [studio, browser] = await Promise.all([
      serveTrained(),
      chromium.launch({ ...path, args: [...quietFlags] }),
    ]);
    context = await browser.newContext({ acceptDownloads: true, reducedMotion: "reduce" });
    page = await context.newPage();
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (told) => {
      if (told.type() === "error") errors.push(told.text());
    });
    await page.goto(studio.link);
    await page.waitForSelector(".bar");
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await studio?.[Symbol.asyncDispose]();
  });

  test("a run's verdict stands with its evidence and the tolerance, and its curve is told in words", async () => {
    await open(`/run/${studio.measured}`);
    await page.waitForSelector("canvas");
    expect(await page.locator("#evidence").innerText()).toMatch(
      /not yet|minimum|noise floor|plateau/i,
    );
    expect(await page.locator(".figures").first().innerText()).toMatch(/tolerance/);
    expect(await summary()).toMatch(/^loss falls from [\d.]+ to [\d.e-]+ in 80 steps/);
  });

  test("a cursor walks over logged points; keys and drags zoom; all of it stands in the link", async () => {
    await open(`/run/${studio.measured}`);
    const picture = page.locator("#curve .figure-picture");
    await picture.focus();
    await page.keyboard.press("ArrowRight");
    const readout = page.locator("#curve .readout");
    expect(await readout.innerText()).toMatch(/^step 1 · loss [\d.]+/);
    await page.keyboard.press("ArrowRight");
    expect(await readout.innerText()).toMatch(/^step 2 · loss/);
    await page.keyboard.press("+");
    expect(new URL(page.url()).searchParams.get("zoom")).toMatch(/^[\d.-]+,[\d.-]+$/);
    await page.keyboard.press("0");
    expect(page.url()).not.toContain("zoom");
    await page.keyboard.press("x");
    expect(new URL(page.url()).searchParams.get("x")).toBe("epoch");
    expect(await summary()).toMatch(/in 20 epoch/);
    await page.keyboard.press("S");
    await expect.poll(() => new URL(page.url()).searchParams.get("smooth")).toBe("0.6");
    const box = await page.locator("#curve .cursor-layer").boundingBox();
    const [left, top] = [(box?.x ?? 0) + (box?.width ?? 0) / 3, (box?.y ?? 0) + 100];
    await page.mouse.move(left, top);
    await page.mouse.down();
    await page.mouse.move(left + 150, top, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => page.url()).toContain("zoom=");
    await page.mouse.dblclick(left, top);
    await expect.poll(() => page.url()).not.toContain("zoom=");
  });

  test("a picture is a table too, and is saved as SVG, PDF and CSV of the same points", async () => {
    await open(`/run/${studio.measured}`);
    const figure = page.locator("#curve .figure");
    await figure.locator(".figure-picture").focus();
    await page.keyboard.press("T");
    expect(await figure.locator("tbody tr").count()).toBe(80);
    await page.keyboard.press("Escape");
    await page.keyboard.press("e");
    const saved = async (name: string): Promise<string> => {
      const download = page.waitForEvent("download");
      await figure.getByRole("button", { name, exact: true }).click();
      return readFileSync(await (await download).path(), "utf8");
    };
    const svg = await saved("SVG");
    const parsed = await page.evaluate(`(() => {
      const root = new DOMParser().parseFromString(${JSON.stringify(svg)}, "image/svg+xml").documentElement;
      return [root.tagName, root.getAttribute("width"), root.querySelectorAll("path").length > 3];
    })()`);
    expect(parsed).toEqual(["svg", "720", true]);
    const csv = await saved("CSV");
    expect(csv.split("\n").filter((row) => row.startsWith("loss,"))).toHaveLength(80);
    expect((await saved("PDF")).slice(0, 8)).toBe("%PDF-1.4");
    expect(await figure.locator("code").innerText()).toBe(
      `nadir plot ${studio.measured} --out ${studio.measured}.svg`,
    );
  });

  test("landscape, spectrum and health are drawn from what was measured", async () => {
    await open(`/run/${studio.measured}`);
    await page.waitForSelector("#landscape canvas");
    expect(await page.locator("#landscape .figure-summary").innerText()).toMatch(
      /^The loss is [\d.e-]+ at its last checkpoint, step 80/,
    );
    expect(await page.locator("#landscape").innerText()).toContain("of the way the training took");
    // Without a WebGL the contours stay, and it is said once it was asked for.
    await page.keyboard.press("3");
    await page.waitForSelector(".surface canvas, .surface [role=status]", { state: "attached" });
    await page.keyboard.press("3");
    await page.waitForSelector("#landscape .figure canvas");
    await page.waitForSelector("#spectrum canvas");
    expect(await page.locator("#spectrum").innerText()).toMatch(
      /stable here below a rate of 2\/λmax/,
    );
    expect(await page.locator("#health .figure-summary").innerText()).toMatch(/3 layers|2 layers/);
  });

  test("what was not measured is a command to copy, as long as the studio may not write", async () => {
    await open(`/run/${studio.faster}`);
    await page.waitForSelector("#landscape code");
    expect(await page.locator("#landscape code").innerText()).toBe(
      `nadir landscape ${studio.faster} --plane curvature --grid 25`,
    );
    expect(await page.locator("#ran").innerText()).toMatch(/learningRate\s+0.05/);
    expect(await page.locator(".given dt").allInnerTexts()).toEqual(["learningRate"]);
  });

  test("runs beside each other show what differs, what it came to, and how much from a baseline", async () => {
    await open(`/compare?r=${studio.measured},${studio.faster}`);
    await page.waitForSelector("canvas");
    // What the command says of the same runs, to the letter.
    const { comparison } = studio;
    expect(comparison.sentence).toMatch(/^learningRate 0.01 → 0.05: /);
    expect(await page.locator(".change p").allInnerTexts()).toEqual([
      comparison.sentence,
      ...(comparison.more.length > 0 ? [comparison.more.join(" · ")] : []),
      ...comparison.warnings.map((warning) => `! ${warning}`),
    ]);
    const rows = page.locator("#settings tbody tr");
    expect(await rows.count()).toBe(1);
    await page.keyboard.press("d");
    await expect.poll(() => rows.count()).toBeGreaterThan(5);
    expect(await summary()).toMatch(/base \w+ falls from .* faster \w+ falls from/);
    await page.getByRole("button", { name: studio.measured, exact: true }).click();
    expect(page.url()).toContain(`baseline=${studio.measured}`);
    expect(await page.locator("#verdicts tbody").innerText()).toMatch(
      /[+−][\d.e-]+ \([+−][\d.]+ %\)/,
    );
    const path = page.locator("#path");
    await path.locator("canvas").waitFor();
    expect(await path.locator(".figure-summary").innerText()).toContain(
      `Barrier on the straight line: ${studio.barrier > 0 ? formatNumber(studio.barrier) : "none"}`,
    );
    expect(await path.locator("code").allInnerTexts()).toEqual([
      `nadir compare ${studio.measured} ${studio.faster} --path`,
    ]);
    expect(await violations(page)).toEqual([]);
  });

  test.for(["light", "dark"] as const)(
    "a run's page has no barrier that axe knows, %s",
    async (theme) => {
      await page.emulateMedia({ colorScheme: theme });
      await open(`/run/${studio.measured}`);
      await page.waitForSelector("#spectrum canvas");
      await page.locator("#curve .figure-picture").focus();
      await page.keyboard.press("e");
      expect(await violations(page)).toEqual([]);
    },
  );

  test("all of it fits a screen of 360 pixels", async () => {
    await page.setViewportSize({ width: 360, height: 700 });
    for (const path of [
      `/run/${studio.measured}`,
      `/compare?r=${studio.measured},${studio.faster}`,
    ]) {
      await open(path);
      await page.waitForSelector("canvas");
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test("a run that goes on grows before one's eyes; when it is killed the page says so, and how to go on", async () => {
    const { id, process } = studio.running;
    await open(`/run/${id}`);
    await page.waitForSelector("#curve canvas");
    const steps = async (): Promise<number> =>
      Number(/in ([\d\s]+) steps/.exec(await summary())?.[1]?.replace(/\s/g, "") ?? Number.NaN);
    const before = await steps();
    await expect.poll(steps, { timeout: 10_000 }).toBeGreaterThan(before);
    process.child.kill("SIGKILL");
    await expect.poll(text, { timeout: 10_000 }).toMatch(/Crashed at step/);
    expect(await text()).toContain(`nadir resume ${id}`);
    expect(await page.locator(".crash .log").innerText()).toMatch(/step [\d ]+: loss/);
  });

  test("nothing failed on the way", () => {
    expect(errors).toEqual([]);
  });

  test("the runs are one file that needs no server: curves, landscape, spectrum and comparison from a disk", async () => {
    const { measured, faster, folder } = studio;
    const out = join(folder, "shared.html");
    const words = ["export", measured, faster, "--html", "--out", out];
    expect((await spawned(words, folder)).stdout).toMatch(/2 runs, [\d.]+ (k|M)B/);
    expect(statSync(out).size).toBeLessThan(1_500_000);
    const alone = await browser.newContext({ offline: true, reducedMotion: "reduce" });
    const file = await alone.newPage();
    const told: string[] = [];
    file.on("pageerror", ({ message }) => told.push(message));
    file.on("console", (line) => line.type() === "error" && told.push(line.text()));
    file.on("request", (request) => {
      if (!/^(file|blob|data):/.test(request.url())) told.push(request.url());
    });
    await file.goto(pathToFileURL(out).href);
    await file.click(`a[href="#/run/${measured}"] >> nth=0`);
    await file.waitForSelector("#curve canvas");
    const words2 = await file.locator("#content").innerText();
    expect(words2).toMatch(/loss falls from [\d.]+ to [\d.e-]+ in 80 steps/);
    expect(words2).toMatch(/Eigenvalues of the Hessian/);
    await file.waitForSelector("#landscape canvas");
    expect(await file.locator(".file-banner").innerText()).toMatch(/nothing here can be changed/);
    expect(await file.locator("nav").innerText()).not.toContain("Play");
    expect(await violations(file)).toEqual([]);
    await file.goto(`${pathToFileURL(out).href}#/compare?r=${measured},${faster}`);
    await expect
      .poll(() => file.locator("#content").innerText())
      .toMatch(/learningRate 0\.01 → 0\.05/);
    await file.keyboard.press("g");
    await file.keyboard.press("r");
    await expect.poll(() => file.locator("#content").innerText()).toMatch(/2 runs/);
    expect(await violations(file)).toEqual([]);
    await file.goBack();
    await file.waitForSelector("h1:has-text('2 runs beside each other')");
    expect(told).toEqual([]);
    await alone.close();
  }, 40_000);
});
