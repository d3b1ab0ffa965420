import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import axe from "axe-core";
import { adam, gradientDescent, lbfgs, minimize, momentum, nelderMead, trustRegion } from "nadir";
import { findTestFunction } from "nadir/data";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findChromium, quietFlags } from "../browser/chromium.ts";
import { patience, patient } from "../patience.ts";
import { type StaticSite, serveFolder } from "./staticSite.ts";

const executablePath = findChromium();
const why =
  executablePath === undefined
    ? " (skipped: no Chromium here; install one, or name one in CHROME_PATH)"
    : "";
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

describe.skipIf(executablePath === undefined)(`the playground${why}`, () => {
  let out: string;
  let folder: string;
  let single: string;
  let browser: Browser;
  let site: StaticSite;
  const pages: Page[] = [];
  const errors: string[] = [];

  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), "nadir-play-"));
    [folder, single] = [join(out, "pages"), join(out, "play.html")];
    for (const path of [folder, single])
      execFileSync(process.execPath, [main, "export", "--play", "--out", path]);
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [...quietFlags, "--enable-unsafe-swiftshader"],
      timeout: patience,
      headless: true,
    });
    site = await serveFolder(folder);
  });

  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    expect(errors.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
    rmSync(out, { recursive: true, force: true });
  });

  interface Opening {
    readonly url?: string;
    readonly moving?: boolean;
    readonly dark?: boolean;
    readonly width?: number;
  }

  async function open(hash: string, options: Opening = {}): Promise<Page> {
    const { url = site.url, moving = false, dark = false, width = 1280 } = options;
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      reducedMotion: moving ? "no-preference" : "reduce",
      colorScheme: dark ? "dark" : "light",
    });
    const page = await patient(context).newPage();
    pages.push(page);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // Chromium itself styles what replaces a selection in an editor, and is then told that it may not.
      const itself = message.text().startsWith("Applying inline style");
      if (message.type() === "error" && !itself) errors.push(message.text());
    });
    page.on("request", (request) => {
      const known = [url, "blob:", "data:"].some((start) => request.url().startsWith(start));
      if (!known) errors.push(`asked for ${request.url()}`);
    });
    await page.goto(url + hash);
    return page;
  }

  /** The verdicts of all racers, in order, once they are in. */
  async function verdictsOf(page: Page): Promise<string[]> {
    const marks = page.locator(".play-racer .mark-word");
    await expect.poll(async () => (await marks.allTextContents()).join()).not.toMatch(/^$|running/);
    return marks.allTextContents();
  }

  const type = async (page: Page, code: string): Promise<void> => {
    await page.locator(".cm-content").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(code);
  };

  test("a race on Rosenbrock's function ends in the verdicts that Node gives", async () => {
    const page = await open("");
    const words = await verdictsOf(page);
    const { f } = findTestFunction("rosenbrock");
    const methods = [
      ...[gradientDescent(0.001), momentum(0.001, { momentum: 0.9 }), adam(0.05)],
      ...[lbfgs(), trustRegion(), nelderMead()],
    ];
    const expected = await Promise.all(
      methods.map((method) =>
        minimize(f, {
          x0: [-1.2, 1],
          method,
          maxEvaluations: 5000,
          maxIterations: 50_000,
          engine: "js",
        }),
      ),
    );
    const wordOf: Readonly<Record<string, string>> = {
      "local-minimum": "minimum",
      "not-stationary": "not yet",
    };
    expect(words).toEqual(expected.map(({ verdict }) => wordOf[verdict.kind]));
    const figures = await page.locator(".play-racer .play-evidence").allTextContents();
    figures.forEach((text, i) => {
      expect(text).toContain(`${expected[i]!.iterations} iterations`);
    });
    expect(
      await page.getByRole("img", { name: /Contour map/ }).getAttribute("aria-label"),
    ).toContain("lbfgs: local-minimum");
  });

  test("what is loaded first stays small, and what is loaded on demand within its bounds", () => {
    const kilobytes = (name: string): number =>
      gzipSync(readFileSync(join(folder, name))).length / 1024;
    const page = readFileSync(join(folder, "index.html"), "utf8");
    const [, script = ""] = /src="\.\/(.*?\.js)"/.exec(page) ?? [];
    const chunks = readdirSync(join(folder, "chunks"));
    const text = readFileSync(join(folder, script), "utf8");
    const first = chunks.filter((chunk) =>
      new RegExp(`(from|import)\\s*"\\./chunks/${chunk}"`).test(text),
    );
    expect(first.length).toBeGreaterThan(0);
    const sum = [script, ...first.map((chunk) => `chunks/${chunk}`)].reduce(
      (all, name) => all + kilobytes(name),
      0,
    );
    expect(sum).toBeLessThan(60);
    for (const lazy of ["codeMirror", "surface3d"]) {
      const chunk = chunks.find((name) => name.startsWith(lazy)) ?? "";
      expect(first).not.toContain(chunk);
      expect(kilobytes(`chunks/${chunk}`)).toBeLessThan(150);
    }
  });

  test("moves by itself, stops when all verdicts are in, and is driven by keys", async () => {
    const page = await open("#v=1&f=booth&m=lbfgs;newton", { moving: true });
    // Slowly: it may not be over before it is held.
    await page.getByLabel("Speed").selectOption("0.25");
    await page.locator("h1").click();
    const progress = page.locator("progress");
    const part = async (): Promise<number> => Number(await progress.getAttribute("value"));
    await expect.poll(part).toBeGreaterThan(0);
    await page.keyboard.press("Space");
    // The button's word and the part are drawn together.
    const play = page.getByRole("button", { name: "Play", exact: true });
    await play.waitFor();
    const held = await part();
    await page.waitForTimeout(120);
    expect(await part()).toBe(held);
    await page.keyboard.press("b");
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await page.keyboard.press("Space");
    await play.waitFor();
    const begun = await part();
    await page.keyboard.press("n");
    await expect.poll(part).toBeGreaterThan(begun);
    const one = await part();
    await page.keyboard.press("n");
    await expect.poll(part).toBeGreaterThan(one);
    await page.getByLabel("Speed").selectOption("4");
    await page.locator("h1").click();
    await page.keyboard.press("Space");
    expect(await verdictsOf(page)).toEqual(["global", "global"]);
    await expect.poll(() => page.getByRole("button", { name: "Again" }).count()).toBe(1);
    await expect
      .poll(() => page.getByRole("log").allTextContents())
      .toEqual([expect.stringMatching(/lbfgs: global after \d+ gradients.*newton: global/)]);
    await page.keyboard.press("3");
    await page.getByRole("button", { name: /The surface/ }).waitFor();
    await page.keyboard.press("3");
    // The map is back once its canvas has the size of its place: it is drawn then and there.
    // Asked from outside: the page's policy lets nothing be evaluated in it.
    const drawn = "document.querySelector('.play-map > canvas')?.width > 400";
    await expect.poll(() => page.evaluate(drawn)).toBe(true);
    const [saved] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("e")]);
    expect(saved.suggestedFilename()).toBe("race-booth.png");
    const png = readFileSync(await saved.path());
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(png.length).toBeGreaterThan(20_000);
    await page.keyboard.press("o");
    await page.getByText(/rule with momentum/).waitFor();
  });

  test("tells what is wrong on its line, stops what does not end, and goes on", async () => {
    const page = await open("#v=1&m=lbfgs");
    await verdictsOf(page);
    await page.locator(".cm-content").waitFor();
    const problem = page.locator(".play-problem");
    await type(page, "export default (p) =>\n  p.square().zork();");
    await problem.getByText("line 2:").waitFor();
    await expect.poll(() => problem.textContent()).toContain("zork is not a function");
    await expect.poll(() => page.locator(".cm-lint-marker-error").count()).toBe(1);
    await type(page, "export default (p) => {\n  return p.sum(;\n};");
    await problem.getByText("line 2:").waitFor();
    await type(page, "export default (p) =>\n  p.add([1, 2, 3]);");
    await problem.getByText("cannot combine [2] with [3]").waitFor();
    await expect.poll(() => problem.textContent()).toMatch(/line 2:.*expected:.*try:/);
    await type(page, "export default (p) => { while (true) {} };");
    await problem.getByText("no answer for 2 s: stopped").waitFor();
    await type(page, "export default (p) => p.sub([1, 2]).square().sum();");
    await expect.poll(() => problem.textContent()).toBe("");
    expect(await verdictsOf(page)).toEqual(["global"]);
  });

  test("its link is the experiment", async () => {
    const page = await open("#v=1&f=himmelblau&x=1,1&m=trustRegion;zork");
    await page.getByText('There is no method "zork" here').waitFor();
    expect(await verdictsOf(page)).toEqual(["minimum"]);
    await page.getByRole("button", { name: "Start at x 1, y 1" }).press("Shift+ArrowLeft");
    await expect.poll(() => page.url()).toContain("x=-0.1,1");
    const again = await open(new URL(page.url()).hash);
    await again.getByRole("button", { name: "Start at x -0.1, y 1" }).waitFor();
    expect(await again.getByLabel("Function", { exact: true }).inputValue()).toBe("himmelblau");
    expect(await again.getByLabel("Method 1").inputValue()).toBe("trustRegion");
  });

  test("runs code of a link only where it can reach nothing, or when told to", async () => {
    const code = ".ZXhwb3J0IGRlZmF1bHQgKHApID0-IHAuc3ViKDMpLnNxdWFyZSgpLnN1bSgpOw";
    const open1 = await open(`#v=1&m=newton&code=${code}`);
    await open1.getByText("This link brings a function of its own").waitFor();
    await expect
      .poll(() => open1.locator(".play-racer .mark-word").allTextContents())
      .toEqual(["running"]);
    await open1.getByRole("button", { name: "Run it" }).click();
    expect(await verdictsOf(open1)).toEqual(["global"]);
    const policy = "default-src 'none'; script-src 'unsafe-eval'; connect-src 'none'";
    await using sealed = await serveFolder(folder, {
      "kernel.js": { "content-security-policy": policy },
    });
    const open2 = await open(`#v=1&m=newton&code=${code}`, { url: sealed.url });
    expect(await verdictsOf(open2)).toEqual(["global"]);
    errors.splice(0); // that the kernel tried whether it could fetch, the browser tells as an error
  });

  test("is one file that works from a disk", async () => {
    const page = await open(
      "#v=1&f=double-well-saddle&m=gradientDescent(learningRate:0.1);curvatureFeedback",
      {
        url: pathToFileURL(single).href,
      },
    );
    expect(await verdictsOf(page)).toEqual(["saddle", "minimum"]);
    await page.locator(".cm-content").waitFor();
    errors.splice(0); // as above
  });

  test("trains a small network to a verdict, and looks around its end", async () => {
    const page = await open(
      "#v=1&on=network&data=moons&noise=0.1&layers=6&activation=tanh&by=adam(learningRate:0.05)&epochs=15",
    );
    await page.getByRole("button", { name: "Train" }).click();
    const verdict = page.getByRole("region", { name: "Verdict" });
    await verdict.getByText(/‖g‖/).waitFor();
    await expect
      .poll(() => verdict.textContent())
      .toMatch(/(not yet|noise floor|minimum|plateau).*150 steps/);
    await page.getByText(/curvature: largest [\d.]+/).waitFor();
    const label = await page
      .getByRole("img", { name: /What the network says/ })
      .getAttribute("aria-label");
    const [, loss] = /training loss is ([\d.e-]+)/.exec(label ?? "") ?? [];
    expect(Number(loss)).toBeLessThan(0.45);
  });

  test("a training can be held, gone on with, and stopped", async () => {
    const page = await open("#v=1&on=network&epochs=2000");
    await page.getByRole("button", { name: "Train" }).waitFor();
    await page.keyboard.press("Space");
    await page.getByText(/epoch [1-9]/).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    // What was on its way when it was held is still shown; then nothing comes.
    const epoch = (): Promise<string | null> => page.getByText(/^epoch \d/).textContent();
    const moves = async (): Promise<boolean> => {
      const before = await epoch();
      await page.waitForTimeout(150);
      return (await epoch()) !== before;
    };
    await expect.poll(moves).toBe(false);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Stop here" }).click();
    await page.getByText(/steps, stopped/).waitFor();
  });

  test.for([
    ["light", "#v=1&m=lbfgs", 1280],
    ["light", "#v=1&on=network", 1280],
    ["dark", "#v=1&m=newton;adam", 360],
  ] as const)(
    "has nothing in the way of anybody: %s, %s, %s px wide",
    async ([theme, hash, width]) => {
      const page = await open(hash, { dark: theme === "dark", width });
      if (hash.includes("network")) await page.getByRole("button", { name: "Train" }).waitFor();
      else {
        await verdictsOf(page);
        await page.locator(".cm-content").waitFor();
        await page.keyboard.press("o");
      }
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults; // its own answer
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      await expect
        .poll(() => page.evaluate("document.documentElement.scrollWidth"))
        .toBeLessThanOrEqual(width);
    },
  );
});
