// Times the studio against its budgets: a store of 1,000 runs of 10,000 points and one of a million, served by the
// built program to a Chromium: `npm run build && node bench/studio.mjs [FOLDER]`. The folder keeps the store for the next time.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  at,
  ended,
  frames,
  inWords,
  kilobytes,
  madeUp,
  median,
  medianOf,
  ms,
  openPage,
  printTable,
  startStudio,
  storeAt,
  studioWords,
} from "./studioServed.mjs";

const RUNS = 1000;
const POINTS = 10_000;
const LONG = 1_000_000;
const REPEATS = 5;

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "nadir-bench-studio-"));
if (!existsSync(join(folder, "runs.db"))) await fill(folder);

const bare = await medianOf(REPEATS, () => timeTo([process.execPath, "-e", "console.log(1)"]));
const ready = await medianOf(REPEATS, () => timeTo(studioWords(folder)));
const { child, url } = await startStudio(folder);
const rows = [
  ["`nadir studio` to its ready line, over bare Node", `${ms(ready - bare)}`, "300 ms"],
];
try {
  rows.push(...(await timeApi(url)), ...(await timePage(url)), ...sizes());
} finally {
  child.kill("SIGINT");
  if (process.argv[2] === undefined) rmSync(folder, { recursive: true, force: true });
}
printTable(rows);

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
  const opened = await openPage();
  if (opened === undefined) return [["pages", "no Chromium here: name one in CHROME_PATH", ""]];
  const { browser, page, spent } = opened;
  try {
    await page.goto(link.href);
    const times = { paint: [], usable: [], raster: [], script: [], all: [] };
    for (let i = 0; i < REPEATS; i++) {
      await page.goto(link.origin);
      await page.waitForSelector("tr[data-line]");
      times.usable.push(await page.evaluate("performance.now()"));
      await page.waitForFunction(() => performance.getEntriesByName("nadir-raster").length > 0);
      const { script, all } = await spent();
      times.script.push(script);
      times.all.push(all);
      times.raster.push(
        await page.evaluate("performance.getEntriesByName('nadir-raster')[0].startTime"),
      );
      times.paint.push(
        await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"),
      );
    }
    const thousand = await frames(opened, moveAndZoom);
    const ids = await page.evaluate(async () => {
      const { runs } = await (await fetch("/api/runs?q=name:mlp&limit=100")).json();
      return runs.map(({ id }) => id);
    });
    await page.goto(`${link.origin}/?s=${ids.join(",")}`);
    await page.waitForFunction(() => performance.getEntriesByName("nadir-raster").length > 0);
    const hundred = await frames(opened, moveAndZoom);
    return [
      ["first paint, 1,000 runs in the store", ms(median(times.paint)), "500 ms"],
      ["usable: the list stands and answers", ms(median(times.usable)), "1,000 ms"],
      ["first picture of 1,000 runs × 10,000 points", ms(median(times.raster)), ""],
      [
        "until then: script, and all of the main thread",
        `${ms(median(times.script))}, ${ms(median(times.all))}`,
        "",
      ],
      ["nothing done: a frame, median and 95 %", inWords(await frames(opened, () => {})), ""],
      [
        "hover and zoom over 1,000 runs: a frame, median and 95 %",
        inWords(thousand),
        "16.7 ms, 20 ms; script 4 ms",
      ],
      ["the same, 100 of them lines of their own", inWords(hundred), "16.7 ms, 20 ms; script 4 ms"],
    ];
  } finally {
    await browser.close();
  }
}

/** In the page, once a frame: moves over the picture, and zooms at each fourth. */
function moveAndZoom(i) {
  const canvas = document.querySelector(".chart-over");
  const box = canvas.getBoundingClientRect();
  const place = {
    clientX: box.left + 100 + 4 * i,
    clientY: box.top + 200 + 60 * Math.sin(i / 8),
    bubbles: true,
  };
  canvas.dispatchEvent(new PointerEvent("pointermove", place));
  if (i % 4 === 0) {
    const deltaY = i < 60 ? -30 : 30;
    canvas.dispatchEvent(new WheelEvent("wheel", { ...place, deltaY, cancelable: true }));
  }
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

/** A store of made-up runs: falling, noisy. */
async function fill(dir) {
  console.error(`making a store of ${RUNS} runs in ${dir} (once, a minute) …`);
  const store = await storeAt(dir);
  for (let r = 0; r <= RUNS; r++) {
    const [points, name] = r === RUNS ? [LONG, "long"] : [POINTS, "mlp"];
    const run = store.createRun(madeUp(name, r));
    const floor = 0.01 + (0.4 * ((r * 7919) % 97)) / 97;
    const steps = Array.from({ length: points }, (_, i) => i);
    const loss = steps.map(
      (i) =>
        (floor + 2.3 / (1 + (20 * i) / points) ** 1.5) *
        (1 + 0.08 * Math.sin(i * 12.9898 * (r + 1))),
    );
    const [last, series] = [loss.at(-1), { steps, values: { loss } }];
    run.event({ kind: "progress", step: points, loss: last, gradientNorm: 1e-3, series });
    run.end(ended(last, points));
  }
  store.close();
}
