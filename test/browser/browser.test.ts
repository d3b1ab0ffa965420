import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patience, patient } from "../patience.ts";
import { findChromium, quietFlags } from "./chromium.ts";
import { servePage } from "./serve.ts";
import { type Work, work } from "./work.ts";

const executablePath = findChromium();
const why =
  executablePath === undefined
    ? " (skipped: no Chromium here; install one, or name one in CHROME_PATH)"
    : "";

describe.skipIf(executablePath === undefined)(`in a browser${why}`, () => {
  let profile: string;
  let context: BrowserContext;
  let expected: Work;

  beforeAll(async () => {
    profile = await mkdtemp(join(tmpdir(), "nadir-browser-"));
    context = await chromium.launchPersistentContext(profile, {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [...quietFlags],
      headless: true,
      timeout: patience,
    });
    expected = await work();
  });

  afterAll(async () => {
    await context?.close();
    await rm(profile, { recursive: true, force: true });
  });

  test.for([
    ["in a plain page", false],
    ["in a page that may share memory between threads", true],
  ] as const)("minimize and fit give what they give in Node, %s", async ([, isolated]) => {
    await using site = await servePage(isolated);
    const page = await patient(context).newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(site.url);
    await page.waitForFunction(() => "nadirWork" in globalThis);
    expect(await page.evaluate("crossOriginIsolated")).toBe(isolated);
    const found = await page.evaluate(() => globalThis.nadirWork());
    expect(errors).toEqual([]);
    await page.close();

    expect(found.minimum.verdict).toBe("local-minimum");
    near(found.minimum.x, [1, 1], 1e-8);
    near([found.minimum.value], [expected.minimum.value], 1e-12);
    expect(found.program).toEqual({ x: [2, 6], verdict: "global-minimum" });
    expect(found.factors.verdict).toBe("global-minimum");
    near([found.factors.objective], [expected.factors.objective], 1e-9);
    for (const engine of ["js", "onnx"] as const) {
      expect(found[engine].engine).toBe(engine);
      expect(found[engine].verdict).toBe(expected[engine].verdict);
      expect(found[engine].losses).toHaveLength(8);
      near(found[engine].losses, expected[engine].losses, 1e-4);
      near([found[engine].test], [expected[engine].test], 1e-4);
      expect(found[engine].losses.at(-1)).toBeLessThan(0.5 * found[engine].losses[0]!);
    }
    near(found.onnx.losses, found.js.losses, 1e-4);
  });
});

function near(found: readonly number[], expected: readonly number[], tolerance: number): void {
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(tolerance);
  });
}
