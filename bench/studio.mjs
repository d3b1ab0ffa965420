// Times the studio against its budgets: a store of 1,000 runs of 10,000 points and one of a million, served by the
// built program to a Chromium: `npm run build && node bench/studio.mjs [FOLDER]`. The folder keeps the store for the next time.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const RUNS = 1000;
const POINTS = 10_000;
const LONG = 1_000_000;
const REPEATS = 5;

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "nadir-bench-studio-"));
if (!existsSync(join(folder, "runs.db"))) await fill(folder);

const bare = await medianOf(REPEATS, () => timeTo([process.execPath, "-e", "console.log(1)"]));
const ready = await medianOf(REPEATS, () => timeTo(studioWords()));
const { child, url } = await startStudio();
const rows = [
  ["`nadir studio` to its ready line, over bare Node", `${ms(ready - bare)}`, "300 ms"],
];
try {
  rows.push(...(await timeApi(url)), ...(await timePage(url)), ...sizes());
} finally {
  child.kill("SIGINT");
  if (process.argv[2] === undefined) rmSync(folder, { recursive: true, force: true });
}
console.log("| what | measured | budget |\n| --- | --- | --- |");
for (const row of rows) console.log(`| ${row.join(" | ")} |`);

function studioWords() {
  return [
    process.execPath,
    at("dist/cli/main.js"),
    "studio",
    "--no-open",
    "--port",
    "0",
    "--json",
    "--store",
    folder,
  ];
}

/** Milliseconds from the start of a process to its first line. */
async function timeTo([program, ...words]) {
  const started = performance.now();
  const process = spawn(program, words, { stdio: ["ignore", "pipe", "ignore"] });
  await once(process.stdout, "data");
  const time = performance.now() - started;
  process.kill("SIGINT");
  await once(process, "close");
  return time;
}

async function startStudio() {
  const [program, ...words] = studioWords();
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return { child, url: new URL(JSON.parse(String(line)).url) };
}

async function timeApi(link) {
  const session = await fetch(new URL("/api/session", link), {
    method: "POST",
    headers: { Origin: link.origin },
    body: JSON.stringify({ token: link.hash.slice("#token=".length) }),
  });
  const headers = { Cookie: session.headers.get("set-cookie").split(";")[0] };
  const { runs } = await (await fetch(new URL("/api/runs", link), { headers })).json();
  const long = runs.find(({ name }) => name === "long").id;
  const asked = [
    ["list of 1,000 runs", "/api/runs", "50 ms, 150 KB"],
    ["losses of 1,000 runs at a glance", "/api/overviews", "150 ms, 2.1 MB"],
    [
      "one run of 10⁶ points at 1,600 px",
      `/api/runs/${long}/series?name=loss&buckets=1600`,
      "100 ms, 60 KB",
    ],
  ];
  const found = [];
  for (const [what, path, budget] of asked) {
    let size = 0;
    const time = await medianOf(REPEATS, async () => {
      const started = performance.now();
      const reply = await fetch(new URL(path, link), { headers });
      const bytes = await reply.arrayBuffer();
      size = Number(reply.headers.get("content-length") ?? bytes.byteLength);
      return performance.now() - started;
    });
    found.push([what, `${ms(time)}, ${kilobytes(size)}`, budget]);
  }
  return found;
}

async function timePage(link) {
  const executablePath = process.env.CHROME_PATH || "/usr/bin/chromium";
  if (!existsSync(executablePath))
    return [["pages", "no Chromium here: name one in CHROME_PATH", ""]];
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--headless", "--disable-gpu"],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(link.href);
    const times = { paint: [], usable: [], raster: [] };
    for (let i = 0; i < REPEATS; i++) {
      await page.goto(link.origin);
      await page.waitForSelector("tr[data-line]");
      times.usable.push(await page.evaluate("performance.now()"));
      await page.waitForFunction(() => performance.getEntriesByName("nadir-raster").length > 0);
      times.raster.push(
        await page.evaluate("performance.getEntriesByName('nadir-raster')[0].startTime"),
      );
      times.paint.push(
        await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"),
      );
    }
    const frames = await page.evaluate(hover);
    return [
      ["first paint, 1,000 runs in the store", ms(median(times.paint)), "500 ms"],
      ["usable: the list stands and answers", ms(median(times.usable)), "1,000 ms"],
      ["first picture of 1,000 runs × 10,000 points", ms(median(times.raster)), ""],
      [
        "hover and zoom: a frame, median and 95 %",
        `${frames.map(ms).join(", ")}`,
        "16.7 ms, 20 ms",
      ],
    ];
  } finally {
    await browser.close();
  }
}

/** In the page: moves over the picture and zooms for 120 frames; the median and the 95th percentile of a frame. */
async function hover() {
  const canvas = document.querySelector(".chart-over");
  const box = canvas.getBoundingClientRect();
  const times = [];
  let last = performance.now();
  for (let i = 0; i < 120; i++) {
    const place = {
      clientX: box.left + 100 + 4 * i,
      clientY: box.top + 200 + 60 * Math.sin(i / 8),
    };
    canvas.dispatchEvent(new PointerEvent("pointermove", { ...place, bubbles: true }));
    if (i % 4 === 0) {
      canvas.dispatchEvent(
        new WheelEvent("wheel", {
          ...place,
          deltaY: i < 60 ? -30 : 30,
          bubbles: true,
          cancelable: true,
        }),
      );
    }
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  times.sort((a, b) => a - b);
  return [times[60], times[114]];
}

function sizes() {
  const folder = at("dist/studio");
  const gzip = (name) => gzipSync(readFileSync(join(folder, name))).length;
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const main = /src="\.\/(main-\w+\.js)"/.exec(page)[1];
  // What the first page loads: what main imports at once, what the Runs page's chunk does, and so on.
  const first = new Set();
  const follow = (name) => {
    if (first.has(name)) return;
    first.add(name);
    const code = readFileSync(join(folder, name), "utf8");
    for (const [, found] of code.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) {
      follow(name.startsWith("chunks/") ? `chunks/${found}` : found);
    }
  };
  follow(main);
  const chunks = readdirSync(join(folder, "chunks")).filter((name) => name.endsWith(".js"));
  for (const name of chunks) if (name.startsWith("runsPage")) follow(`chunks/${name}`);
  const total = [...first].reduce((sum, name) => sum + gzip(name), 0);
  const others = chunks.map((name) => gzip(`chunks/${name}`)).sort((a, b) => b - a);
  return [
    ["JavaScript of the first page, gzip", kilobytes(total), "60 KB"],
    ["largest chunk that is loaded later, gzip", kilobytes(others[0]), "150 KB"],
  ];
}

/** A store of made-up runs: falling, noisy, some that diverge. */
async function fill(dir) {
  console.error(`making a store of ${RUNS} runs in ${dir} (once, a minute) …`);
  const outfile = join(at("dist"), `bench-store-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: 'export { openStore } from "./src/runs/store.ts";',
      resolveDir: at("."),
      loader: "ts",
    },
    ...{
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "error",
      outfile,
    },
  });
  const { openStore } = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  const store = await openStore(dir);
  for (let r = 0; r <= RUNS; r++) {
    const [points, name] = r === RUNS ? [LONG, "long"] : [POINTS, "mlp"];
    const settings = {
      learningRate: [1e-3, 1e-2, 0.1][r % 3],
      width: [32, 64][Math.floor(r / 3) % 2],
    };
    const run = store.createRun({
      ...{ name, command: "nadir train mlp.ts", file: "mlp.ts", seed: Math.floor(r / 6) },
      config: { task: "train", method: ["adam", "sgd"][r % 2], settings },
      versions: { nadir: "0" },
      machine: { cpu: "made up", cores: 1, memory: 0, node: "20", platform: "none" },
    });
    const floor = 0.01 + (0.4 * ((r * 7919) % 97)) / 97;
    const steps = Array.from({ length: points }, (_, i) => i);
    const loss = steps.map(
      (i) =>
        (floor + 2.3 / (1 + (20 * i) / points) ** 1.5) *
        (1 + 0.08 * Math.sin(i * 12.9898 * (r + 1))),
    );
    const [last, series] = [loss.at(-1), { steps, values: { loss } }];
    run.event({ kind: "progress", step: points, loss: last, gradientNorm: 1e-3, series });
    const verdict = {
      kind: "not-stationary",
      why: "budget",
      gradientNorm: 1e-3,
      tolerance: 1e-4,
      evidence: [],
      advice: [],
    };
    run.end({ status: "ended", verdict, loss: last, steps: points, seconds: 1 });
  }
  store.close();
}

async function medianOf(times, measure) {
  const found = [];
  for (let i = 0; i < times; i++) found.push(await measure());
  return median(found);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function ms(value) {
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}

function kilobytes(bytes) {
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
