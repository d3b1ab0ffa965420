// Times the studio with many runs and for a long time: `npm run build && node bench/studioLive.mjs [SECONDS]`. A list of
// 10,000 runs that is scrolled and filtered; the page of one run that takes 20,000 steps a second, after its first million; and
// 50 runs that go on at once, 20 points a second each, for SECONDS (60): what the page and the server spend, and what of their
// memory stays.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ended,
  frames,
  inWords,
  kilobytes,
  madeUp,
  medianOf,
  ms,
  openPage,
  printTable,
  startStudio,
  storeAt,
} from "./studioServed.mjs";

const RUNS = 10_000;
const LIVE = 50;
const POINTS_A_SECOND = 20;
const SECONDS = Number(process.argv[2] ?? 60);

/** Measures a page over a store that is filled before. */
async function withStudio(fill, measure) {
  const folder = mkdtempSync(join(tmpdir(), "nadir-bench-live-"));
  const store = await storeAt(folder);
  const filled = fill(store);
  const { child, url } = await startStudio(folder);
  const opened = await openPage();
  try {
    if (opened === undefined) return [["pages", "no Chromium here: name one in CHROME_PATH", ""]];
    return await measure({ ...opened, url, store, filled, child });
  } finally {
    await opened?.browser.close();
    child.kill("SIGINT");
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fillMany(store) {
  console.error(`making a store of ${RUNS} runs (half a minute) …`);
  for (let r = 0; r < RUNS; r++) {
    const run = store.createRun(madeUp(`mlp${r}`, r));
    const steps = Array.from({ length: 20 }, (_, i) => i);
    const loss = steps.map((i) => 1 + 1 / (1 + i) + (r % 97) / 97);
    run.event(progress(20, loss.at(-1), { steps, values: { loss } }));
    run.end(ended(loss.at(-1), 20));
  }
}

const progress = (step, loss, series) => ({
  ...{ kind: "progress", step, loss, gradientNorm: 1e-3, series },
});

async function timeList(opened) {
  const { page, url } = opened;
  await page.goto(url.href);
  await page.waitForFunction(() => document.body.textContent.includes("10000 runs"));
  await page.waitForTimeout(2000);
  const scrolled = await frames(opened, (i) => {
    const list = document.querySelector(".list");
    // Slowly at first, then over the whole of it.
    list.scrollTop += i < 60 ? 40 : 4000;
  });
  let asked = 0;
  const filtered = await medianOf(9, () =>
    page.evaluate(
      async (text) => {
        const field = document.querySelector("[data-search]");
        const started = performance.now();
        field.value = text;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        await new Promise(requestAnimationFrame);
        return performance.now() - started;
      },
      ["loss<1.5", "loss<1.5 method=adam", "method=sgd", ""][asked++ % 4],
    ),
  );
  return [
    ["scrolling 10,000 runs: a frame, median and 95 %", inWords(scrolled), "16.7 ms, 20 ms"],
    ["a filter of 10,000 runs, until the frame that shows it", ms(filtered), "50 ms"],
  ];
}

/** Steps of the fast run: before the page is opened, and from then on in each tenth of a second. */
const [FIRST, MORE, LOOK] = [1_000_000, 2000, 20];

function fillFast(store) {
  const run = store.createRun(madeUp("fast", 0));
  let told = 0;
  const tell = (count) => {
    for (const end = told + count; told < end; ) {
      const steps = Array.from({ length: LOOK }, () => ++told);
      const loss = steps.map((step) => 0.1 + 1 / (1 + step / 500) + 0.02 * Math.sin(step * 1.7));
      run.event(progress(told, loss.at(-1), { steps, values: { loss } }));
      const layers = ["0", "2", "4"].map((layer, i) => ({
        ...{ layer, kind: "dense", parameters: 100, weightNorm: 1 + i, gradientNorm: 1 / told },
        ...{ updateRatio: 1e-3, activation: { of: "relu", mean: 0.5, rms: 1, deadFraction: 0 } },
      }));
      run.event({ kind: "health", step: told, layers });
    }
  };
  tell(FIRST);
  run.flush();
  return { run, tell, told: () => told };
}

async function timeFast(opened) {
  const { page, url, filled, spent } = opened;
  const { run, tell } = filled;
  await page.goto(url.href);
  await page.waitForSelector("tr[data-line]");
  const timer = setInterval(() => tell(MORE), 100);
  const asked = performance.now();
  await page.goto(`${url.origin}/run/${run.id}`);
  await page.waitForSelector("#curve canvas");
  const usable = performance.now() - asked;
  const [at, before] = [performance.now(), await spent()];
  const pauses = await page.evaluate(async () => {
    const found = [];
    for (let last = performance.now(), end = last + 10_000; last < end; ) {
      await new Promise((done) => setTimeout(done, 10));
      const now = performance.now();
      found.push(now - last - 10);
      last = now;
    }
    return found.sort((a, b) => a - b);
  });
  const [seconds, after] = [(performance.now() - at) / 1000, await spent()];
  clearInterval(timer);
  const gone = performance.now();
  run.end(ended(0.1, filled.told()));
  await page.waitForSelector(".run-head .evidence", { state: "attached" });
  const heard = performance.now() - gone;
  const share = (100 * (after.all - before.all)) / (1000 * seconds);
  return [
    ["the page of a run of 10⁶ points that takes 20,000 steps a second: usable", ms(usable), ""],
    ["the same: its main thread, of one core", `${share.toFixed(1)} %`, ""],
    [
      "the same: how long the page keeps one waiting, 95 % and most",
      `${ms(pauses[Math.floor(0.95 * pauses.length)])}, ${ms(pauses.at(-1))}`,
      "",
    ],
    ["the same: from the run's end to its verdict on the page", ms(heard), "1.0 s"],
  ];
}

const fillLive = (store) =>
  Array.from({ length: LIVE }, (_, r) => store.createRun(madeUp(`live${r}`, 6 * r)));

async function timeLive(opened) {
  const { page, url, filled: runs, spent, heap, child } = opened;
  let told = 0;
  const tell = () => {
    const step = told++;
    for (const [r, run] of runs.entries()) {
      const loss = 0.1 + 1 / (1 + step / 50) + 0.02 * Math.sin(step * 1.7 + r) + r / 100;
      run.event(progress(step + 1, loss, { steps: [step + 1], values: { loss: [loss] } }));
    }
  };
  for (let i = 0; i < 100; i++) tell();
  await page.goto(url.href);
  await page.waitForSelector("tr[data-line]");
  const timer = setInterval(tell, 1000 / POINTS_A_SECOND);
  const half = (SECONDS / 2) * 1000;
  await page.waitForTimeout(3000);
  const begun = { page: await heap(), server: memoryOf(child.pid), clock: cpuOf(child.pid) };
  const [at, before] = [performance.now(), await spent()];
  await page.waitForTimeout(half);
  const middle = { page: await heap(), server: memoryOf(child.pid) };
  await page.waitForTimeout(half);
  const [seconds, after] = [(performance.now() - at) / 1000, await spent()];
  const end = { page: await heap(), server: memoryOf(child.pid), clock: cpuOf(child.pid) };
  const still = await frames(opened, () => {});
  clearInterval(timer);
  const share = (milliseconds) => `${((100 * milliseconds) / (1000 * seconds)).toFixed(1)} %`;
  const memory = (of) => [begun, middle, end].map((one) => kilobytes(one[of])).join(", ");
  const updates = `${Math.round(seconds * 10 * LIVE).toLocaleString("en")} updates of rows`;
  return [
    [
      "50 runs at once × 20 points a second: the page's main thread, of one core",
      `${share(after.all - before.all)}; script ${share(after.script - before.script)}`,
      "20 %",
    ],
    ["the same: the server's process", share(end.clock - begun.clock), ""],
    ["the same: a frame, median and 95 %", inWords(still), "16.7 ms, 20 ms"],
    [`the page's heap at the start, the middle and the end of ${updates}`, memory("page"), "level"],
    ["the server's memory then", memory("server"), "level"],
  ];
}

/** Bytes of a process in memory. */
const memoryOf = (pid) =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

/** Milliseconds of processor that a process has used; the system counts in hundredths of a second. */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

printTable([
  ...(await withStudio(fillMany, timeList)),
  ...(await withStudio(fillFast, timeFast)),
  ...(await withStudio(fillLive, timeLive)),
]);
