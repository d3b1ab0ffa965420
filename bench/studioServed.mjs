// What the measurements of the studio share: a store to fill, a server, a Chromium, and how its frames are counted.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

export const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The command line of a studio over a store. */
export const studioWords = (folder) => [
  ...[process.execPath, at("dist/cli/main.js"), "studio"],
  ...["--no-open", "--port", "0", "--json", "--store", folder],
];

export async function startStudio(folder) {
  const [program, ...words] = studioWords(folder);
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(child.stdout, "data");
  return { child, url: new URL(JSON.parse(String(line)).url) };
}

/** A store to be written, by the sources as they are. */
export async function storeAt(dir) {
  const outfile = join(at("dist"), `bench-store-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: 'export { openStore } from "./src/runs/store.ts";',
      resolveDir: at("."),
      loader: "ts",
    },
    ...{ bundle: true, platform: "node", format: "esm", packages: "external" },
    ...{ logLevel: "error", outfile },
  });
  const { openStore } = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  return openStore(dir);
}

/** A made-up run, as a training would begin it. */
export const madeUp = (name, r) => ({
  ...{ name, command: "nadir train mlp.ts", file: "mlp.ts", seed: Math.floor(r / 6) },
  config: {
    ...{ task: "train", method: ["adam", "sgd"][r % 2] },
    settings: {
      learningRate: [1e-3, 1e-2, 0.1][r % 3],
      width: [32, 64][Math.floor(r / 3) % 2],
    },
  },
  versions: { nadir: "0" },
  machine: { cpu: "made up", cores: 1, memory: 0, node: "20", platform: "none" },
});

/** How a made-up run ends. */
export const ended = (loss, steps) => ({
  ...{ status: "ended", loss, steps, seconds: 1 },
  verdict: {
    ...{ kind: "not-stationary", why: "budget", gradientNorm: 1e-3, tolerance: 1e-4 },
    ...{ evidence: [], advice: [] },
  },
});

/** A page of a Chromium, with what its main thread has spent; undefined where there is no Chromium. */
export async function openPage() {
  const executablePath = process.env.CHROME_PATH || "/usr/bin/chromium";
  if (!existsSync(executablePath)) return undefined;
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--headless", "--disable-gpu"],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable");
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const of = (name) => 1000 * metrics.find((one) => one.name === name).value;
    // By the thread's own clock: another process that takes the processor is not counted.
    return { script: of("ScriptDuration"), all: of("ThreadTime") };
  };
  /** Bytes of the page's heap when all that can be is let go. */
  const heap = async () => {
    for (let i = 0; i < 3; i++) await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  };
  return { browser, page, spent, heap };
}

/**
 * Runs a function of a frame's number in the page, once a frame.
 *
 * @returns median and 95th percentile of the time between frames, and milliseconds of the main thread's own for each:
 *   nadir's JavaScript, and all
 */
export async function frames({ page, spent }, act, count = 120) {
  const before = await spent();
  const times = await page.evaluate(
    async ([source, frames]) => {
      // The source is this file's own function.
      const step = new Function(`return (${source})`)();
      const found = [];
      let last = performance.now();
      for (let i = 0; i < frames; i++) {
        step(i);
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        found.push(now - last);
        last = now;
      }
      return found.sort((a, b) => a - b);
    },
    [String(act), count],
  );
  const after = await spent();
  return {
    median: times[Math.floor(count / 2)],
    most: times[Math.floor(0.95 * count)],
    script: (after.script - before.script) / count,
    all: (after.all - before.all) / count,
  };
}

export const inWords = ({ median, most, script, all }) =>
  `${ms(median)}, ${ms(most)}; script ${ms(script)}, main thread ${ms(all)}`;

export async function medianOf(times, measure) {
  const found = [];
  for (let i = 0; i < times; i++) found.push(await measure());
  return median(found);
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

export function ms(value) {
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function kilobytes(bytes) {
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

export function printTable(rows) {
  console.log("| what | measured | budget |\n| --- | --- | --- |");
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}
