import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatNumber } from "../../src/cli/format.ts";
import { spawned } from "../../src/cli/testing.ts";
import { findChromium, quietFlags } from "../browser/chromium.ts";
import { patience, patient } from "../patience.ts";
import { chord, type ServedStudio, serveFolder } from "./studio.ts";
import { serveTrained, type TrainedStudio, violations } from "./trained.ts";

const executablePath = findChromium();
const why =
  executablePath === undefined ? " (skipped: no Chromium here; name one in CHROME_PATH)" : "";

/** At the stationary point of cosines whose least curvature, 10^-3.5, the products of a verdict do not tell from 0. */
const flat = `import { dataset, defineTraining, problem, sgd } from "nadir";

const bends = Array.from({ length: 150 }, (_, i) => 10 ** (-3.5 + (3.5 * i) / 149));
export default defineTraining({
  settings: {},
  build: () =>
    problem({
      params: { x: bends.map(() => 0) },
      loss: ({ x }, batch) => x.cos().sub(1).mul(bends).sum().mul(-1).mul(batch.one.mean()),
      data: dataset({ one: [1, 1, 1, 1] }),
      method: sgd(0.01),
      epochs: 1,
      engine: "js",
    }),
});
`;

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
      chromium.launch({ ...path, args: [...quietFlags], timeout: patience }),
    ]);
    context = await browser.newContext({ acceptDownloads: true, reducedMotion: "reduce" });
    page = await patient(context).newPage();
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (told) => {
      if (told.type() === "error") errors.push(told.text());
    });
    await page.goto(studio.link);
    await page.waitForSelector(".bar");
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.[Symbol.asyncDispose]();
  });

  test("a run's verdict stands with its evidence and the tolerance, and its curve is told in words", async () => {
    await open(`/run/${studio.measured}`);
    await page.waitForSelector("canvas");
    await expect
      .poll(() => page.locator("#evidence").innerText())
      .toMatch(/not yet|minimum|noise floor|plateau/i);
    await expect.poll(() => page.locator(".figures").first().innerText()).toMatch(/tolerance/);
    await expect.poll(() => summary()).toMatch(/^loss falls from [\d.]+ to [\d.e-]+ in 80 steps/);
  });

  test("a cursor walks over logged points; keys and drags zoom; all of it stands in the link", async () => {
    await open(`/run/${studio.measured}`);
    const picture = page.locator("#curve .figure-picture");
    await picture.focus();
    await page.keyboard.press("ArrowRight");
    const readout = page.locator("#curve .readout");
    await expect.poll(() => readout.innerText()).toMatch(/^step 1 · loss [\d.]+/);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => readout.innerText()).toMatch(/^step 2 · loss/);
    await page.keyboard.press("+");
    await expect
      .poll(() => new URL(page.url()).searchParams.get("zoom"))
      .toMatch(/^[\d.-]+,[\d.-]+$/);
    await page.keyboard.press("0");
    await expect.poll(() => page.url()).not.toContain("zoom");
    await page.keyboard.press("x");
    await expect.poll(() => new URL(page.url()).searchParams.get("x")).toBe("epoch");
    await expect.poll(() => summary()).toMatch(/in 20 epoch/);
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
    await expect.poll(() => figure.locator("tbody tr").count()).toBe(80);
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
    await expect
      .poll(() => figure.locator("code").innerText())
      .toBe(`nadir plot ${studio.measured} --out ${studio.measured}.svg`);
  });

  test("landscape, spectrum and health are drawn from what was measured", async () => {
    await open(`/run/${studio.measured}`);
    await page.waitForSelector("#landscape canvas");
    await expect
      .poll(() => page.locator("#landscape .figure-summary").innerText())
      .toMatch(/^The loss is [\d.e-]+ at its last checkpoint, step 80/);
    await expect
      .poll(() => page.locator("#landscape").innerText())
      .toContain("of the way the training took");
    // Without a WebGL the contours stay, and it is said once it was asked for.
    await page.keyboard.press("3");
    await page.waitForSelector(".surface canvas, .surface [role=status]", { state: "attached" });
    await page.keyboard.press("3");
    await page.waitForSelector("#landscape .figure canvas");
    await page.waitForSelector("#spectrum canvas");
    await expect
      .poll(() => page.locator("#spectrum").innerText())
      .toMatch(/stable here below a rate of 2\/λmax/);
    await expect
      .poll(() => page.locator("#health .figure-summary").innerText())
      .toMatch(/3 layers|2 layers/);
  });

  test("the model is drawn from what the run kept of it, and is searched", async () => {
    await open(`/run/${studio.measured}`);
    const section = page.locator("#model");
    await section.locator("canvas").waitFor();
    const told = section.locator(".figure-summary").first();
    // 2·12 + 12, 12·12 + 12, 12·2 + 2 params.
    await expect.poll(() => told.innerText()).toBe("3 layers of 218 params; most in 2: 71.6 %.");
    await section.getByRole("searchbox").fill("relu 12x12");
    await expect.poll(() => told.innerText()).toContain('1 match "relu 12x12"');
    await section.locator(".figure-picture").first().focus();
    await page.keyboard.press("T");
    await expect
      .poll(() => section.locator(".figure tbody tr").allInnerTexts())
      .toEqual([expect.stringMatching(/^2\s+dense\s+156\s+.*12×12.*\s+32×12\s+.*dot.*relu.*\s0$/)]);
    await expect.poll(() => section.innerText()).toContain("that was not measured for this run");
  });

  test("params are told by norm, histogram and heat map; their numbers stay on the server", async () => {
    const section = page.locator("#model");
    await section.getByRole("searchbox").fill("");
    await section.locator(".tensors > summary").click();
    await section.getByRole("button", { name: "2.weight" }).click();
    const pictures = section.locator(".tensors .figure");
    await expect.poll(() => pictures.count()).toBe(2);
    await expect
      .poll(() => pictures.first().locator(".figure-summary").innerText())
      .toMatch(/^144 values from -[\d.]+ to [\d.]+, mean [-\d.e]+, norm [\d.]+; \d+ are 0\.$/);
    await pictures.last().locator(".figure-picture").focus();
    await page.keyboard.press("T");
    await expect.poll(() => pictures.last().locator("tbody tr").count()).toBe(12);
    expect(await violations(page)).toEqual([]);
  });

  test("what was not measured is a command to copy, as long as the studio may not write", async () => {
    await open(`/run/${studio.faster}`);
    await page.waitForSelector("#landscape code");
    await expect
      .poll(() => page.locator("#landscape code").innerText())
      .toBe(`nadir landscape ${studio.faster} --plane curvature --grid 51`);
    await expect.poll(() => page.locator("#ran").innerText()).toMatch(/learningRate\s+0.05/);
    await expect.poll(() => page.locator(".given dt").allInnerTexts()).toEqual(["learningRate"]);
  });

  test("runs beside each other show what differs, what it came to, and how much from a baseline", async () => {
    await open(`/compare?r=${studio.measured},${studio.faster}`);
    await page.waitForSelector("canvas");
    // What the command says of the same runs, to the letter.
    const { comparison } = studio;
    expect(comparison.sentence).toMatch(/^learningRate 0.01 → 0.05: /);
    await expect
      .poll(() => page.locator(".change p").allInnerTexts())
      .toEqual([
        comparison.sentence,
        ...(comparison.more.length > 0 ? [comparison.more.join(" · ")] : []),
        ...comparison.warnings.map((warning) => `! ${warning}`),
      ]);
    const rows = page.locator("#settings tbody tr");
    await expect.poll(() => rows.count()).toBe(1);
    await page.keyboard.press("d");
    await expect.poll(() => rows.count()).toBeGreaterThan(5);
    await expect.poll(() => summary()).toMatch(/base \w+ falls from .* faster \w+ falls from/);
    await page.getByRole("button", { name: studio.measured, exact: true }).click();
    await expect.poll(() => page.url()).toContain(`baseline=${studio.measured}`);
    await expect
      .poll(() => page.locator("#verdicts tbody").innerText())
      .toMatch(/[+−][\d.e-]+ \([+−][\d.]+ %\)/);
    const path = page.locator("#path");
    await path.locator("canvas").waitFor();
    await expect
      .poll(() => path.locator(".figure-summary").innerText())
      .toContain(
        `Barrier on the straight line: ${studio.barrier > 0 ? formatNumber(studio.barrier) : "none"}`,
      );
    await expect
      .poll(() => path.locator("code").allInnerTexts())
      .toEqual([`nadir compare ${studio.measured} ${studio.faster} --path`]);
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
      await expect
        .poll(() => page.evaluate("document.documentElement.scrollWidth"))
        .toBeLessThanOrEqual(360);
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
    await expect.poll(steps).toBeGreaterThan(before);
    process.child.kill("SIGKILL");
    // Not by its text: to lay all of it out over and over keeps the page from what it waits for.
    await page.waitForSelector(".crash");
    expect(await text()).toMatch(/Crashed at step/);
    expect(await text()).toContain(`nadir resume ${id}`);
    expect(await page.locator(".crash .log").innerText()).toMatch(/step [\d ]+: loss/);
  });

  describe("with --write", () => {
    let writing: ServedStudio;

    beforeAll(async () => {
      writing = await serveFolder(studio.folder, ["--write"]);
      await page.goto(writing.link);
      await page.waitForSelector(".bar");
      await page.goto(`${writing.origin}/run/${studio.faster}`);
      await page.waitForSelector("h1 >> nth=0");
    });
    afterAll(async () => {
      // A page whose server ends tries to find it again, and its browser logs that.
      await page.goto("about:blank");
      await writing?.[Symbol.asyncDispose]();
    });

    test("a landscape comes coarse to fine, and each replaces the last", async () => {
      const section = page.locator("#landscape");
      // What is seen on the way, however quick it goes.
      await page.evaluate(`(() => {
        globalThis.seen = [];
        const look = () => {
          const [found] = /\\d+² of 51²/.exec(document.querySelector("#landscape")?.textContent ?? "") ?? [];
          if (found !== undefined && seen.at(-1) !== found) seen.push(found);
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
      })()`);
      await section.locator("select").first().selectOption("random");
      await expect
        .poll(() => section.locator(".measure").innerText())
        .toMatch(
          /51² places and the point: 2 602 evaluations over 128 rows, at most [\d.]+ .* by the pace of its training/,
        );
      await section.getByRole("button", { name: "Compute the landscape" }).click();
      const told = section.locator(".figure-summary");
      await expect
        .poll(() => told.allInnerTexts())
        .toEqual([expect.stringContaining("2 602 evaluations")]);
      await expect.poll(() => section.innerText()).not.toMatch(/² of 51²/);
      const seen = await page.evaluate("seen");
      expect(
        ["11² of 51²", "21² of 51²"].filter((one) => (seen as string[]).includes(one)),
      ).not.toEqual([]);
      // A page that asks once more, when the whole has just come, is told so: that is no failure.
      const asked = await page.evaluate(`(async () => {
        const { jobs } = await (await fetch("/api/jobs")).json();
        const reply = await fetch("/api/jobs/" + jobs.find(({ kind }) => kind === "landscape").id + "/coarser");
        return [reply.status, await reply.json()];
      })()`);
      expect(asked).toEqual([200, null]);
    });

    test("the loss at a place is interpolated and says so, or evaluated there", async () => {
      const section = page.locator("#landscape");
      await section.locator(".figure-picture").focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Shift+ArrowUp");
      const readout = section.locator(".readout");
      await expect
        .poll(() => readout.innerText())
        .toMatch(/^random 1 0\.02, random 2 0\.2: loss [\d.e-]+, interpolated/);
      await section.getByRole("button", { name: "Evaluate exactly there" }).click();
      await expect
        .poll(() => readout.innerText())
        .toMatch(/evaluated there: [\d.e-]+, accuracy [\d.]+$/);
      // Dragged to the point itself, which is a place of the grid.
      await section.locator(".figure-picture").scrollIntoViewIfNeeded();
      const box = (await section.locator(".place-layer").boundingBox())!;
      await page.mouse.move(box.x + 100, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + 200, box.y + 80, { steps: 3 });
      await page.mouse.up();
      await expect
        .poll(() => readout.innerText())
        .toMatch(/^random 1 -0\.\d+, random 2 0\.\d+: loss/);
    });

    test("a slider moves the plane through the points of the training that are kept", async () => {
      const section = page.locator("#landscape");
      await section.locator("input[type=range]").focus();
      await page.keyboard.press("ArrowLeft");
      await expect
        .poll(() => section.innerText())
        .toContain("The plane was not computed through where training began yet.");
      await section.getByRole("button", { name: "Compute it there" }).click();
      await expect
        .poll(() => section.locator(".figure-summary").allInnerTexts())
        .toEqual([
          expect.stringMatching(
            /^The loss is [\d.]+ at where training began; .* 2 602 evaluations/,
          ),
        ]);
      expect(await violations(page)).toEqual([]);
    });

    test("an eigenvalue that is not told from 0 is measured again with four times the effort", async () => {
      const section = page.locator("#spectrum");
      const products = ["spectrum", studio.faster, "--products", "3", "--json"];
      const { smallest } = JSON.parse((await spawned(products, studio.folder)).stdout);
      expect(Math.abs(smallest[0].value)).toBeLessThanOrEqual(smallest[0].error);
      await page.waitForSelector(".decide");
      await expect.poll(() => page.locator(".run-head").innerText()).toContain("not told from 0");
      const button = section.getByRole("button", { name: "Spend 4× more" });
      await expect
        .poll(() => section.locator(".decide .measure").innerText())
        .toContain("at most 12 products");
      await button.click();
      const rows = section.locator(".decide tbody tr");
      await expect.poll(() => rows.count()).toBe(2);
      const errors = (await rows.locator("td:nth-child(3)").allInnerTexts()).map((told) =>
        Number(told.replace("± ", "")),
      );
      expect(errors[1]).toBeLessThan(errors[0]!);
      await expect.poll(() => rows.last().innerText()).toMatch(/undecided|descends|upwards/);
    });

    test("a damaged checkpoint says so, and the rest of the page works", async () => {
      const file = join(studio.store, studio.faster, "ck-80.safetensors");
      const bytes = readFileSync(file);
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
      await page.locator("#model .tensors > summary").click();
      const problem = page.locator("#model .tensors .problem");
      await problem.waitFor();
      await expect.poll(() => problem.innerText()).toMatch(/is damaged: its SHA-256/);
      await page.locator("#model canvas").waitFor();
      // The browser logs the reply that says so.
      expect(errors.splice(0)).toEqual([expect.stringMatching(/status of 500/)]);
    });

    test("a verdict that was too weak is given anew by what was spent, and the one before stays beside it", async () => {
      writeFileSync(join(studio.folder, "flat.ts"), flat);
      const { stdout } = await spawned(["train", "flat.ts", "--json"], studio.folder);
      const { id, verdict } = JSON.parse(stdout);
      expect(verdict.kind).toBe("degenerate");
      await page.goto(`${writing.origin}/run/${id}`);
      await page.waitForSelector(".decide");
      expect(await page.locator(".run-verdict").innerText()).toContain("Degenerate:");
      await page.locator("#spectrum").getByRole("button", { name: "Spend 4× more" }).click();
      await expect
        .poll(() => page.locator(".run-verdict").innerText())
        .toContain("Minimum: the loss curves upwards");
      expect(await page.locator(".run-head").innerText()).toMatch(
        /Judged anew by a spectrum .* before: Degenerate/,
      );
      const rows = page.locator(".decide [aria-label='Table: verdicts'] tbody tr");
      await expect.poll(() => rows.count()).toBe(2);
      expect(await rows.allInnerTexts()).toEqual([
        expect.stringMatching(/^at the end of the run\s+degenerate\s.*1 near-zero/),
        expect.stringMatching(/^now\s+minimum\s.*λmin 3\.\d+e-4 ±/),
      ]);
      const shown = JSON.parse((await spawned(["show", id, "--json"], studio.folder)).stdout);
      expect(shown).toMatchObject({
        verdict: { kind: "local-minimum" },
        earlierVerdicts: [{ kind: "degenerate" }],
      });
      await page.goto(writing.origin);
      await page.waitForSelector("tr:has-text('flat') svg[aria-label='minimum']");
    });
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
    const file = await patient(alone).newPage();
    const told: string[] = [];
    file.on("pageerror", ({ message }) => told.push(message));
    file.on("console", (line) => line.type() === "error" && told.push(line.text()));
    file.on("request", (request) => {
      if (!/^(file|blob|data):/.test(request.url())) told.push(request.url());
    });
    await file.goto(pathToFileURL(out).href);
    await file.click(`a[href="#/run/${measured}"] >> nth=0`);
    await file.waitForSelector("#curve canvas");
    const told80 =
      /loss falls from [\d.]+ to [\d.e-]+ in 80 steps[\s\S]*Eigenvalues of the Hessian/;
    await expect.poll(() => file.locator("#content").innerText()).toMatch(told80);
    await file.waitForSelector("#landscape canvas");
    await expect
      .poll(() => file.locator(".file-banner").innerText())
      .toMatch(/nothing here can be changed/);
    await expect.poll(() => file.locator("nav").innerText()).not.toContain("Play");
    expect(await violations(file)).toEqual([]);
    await file.goto(`${pathToFileURL(out).href}#/compare?r=${measured},${faster}`);
    await expect
      .poll(() => file.locator("#content").innerText())
      .toMatch(/learningRate 0\.01 → 0\.05/);
    await chord(file, "g", "r");
    await expect.poll(() => file.locator("#content").innerText()).toMatch(/2 runs/);
    expect(await violations(file)).toEqual([]);
    await file.goBack();
    await file.waitForSelector("h1:has-text('2 runs beside each other')");
    expect(told).toEqual([]);
    await alone.close();
  });
});
