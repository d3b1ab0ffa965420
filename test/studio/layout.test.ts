import { readFileSync, writeFileSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../src/runs/store.ts";
import type { SweepRequest, SweepTrial } from "../../src/search/sweep/sweepRecord.ts";
import { findChromium, quietFlags } from "../browser/chromium.ts";
import { patience, patient } from "../patience.ts";
import {
  circumstances,
  fillStore,
  type MadeRun,
  type ServedStudio,
  serveStudio,
} from "./studio.ts";

// How each page is laid out, and in which colours, compared with a kept table. A picture of pixels would be of the fonts of the
// machine that made it; where the parts of a page stand, how large they are and what colour they have is the same everywhere, but
// for a few pixels. `NADIR_KEEP=1 npx vitest run test/studio/layout` keeps what is there now: look at the pages before it is committed.

const executablePath = findChromium();
const why = executablePath === undefined ? " (skipped: no Chromium here)" : "";
const file = new URL("layout.golden.json", import.meta.url);

/** Left, top, width and height in pixels, the colour of the text and of what is behind it. */
type Part = readonly [
  x: number,
  y: number,
  width: number,
  height: number,
  ink: string,
  paper: string,
];
type Layout = Readonly<Record<string, Part | "missing">>;

/** Text is wider or higher in another font, and wraps elsewhere: how far a part may be away, and how much of its size. */
const across = { pixels: 16, share: 0.06 };
const down = { pixels: 24, share: 0.12 };

const views = [
  { name: "light", scheme: "light", width: 1280 },
  { name: "dark", scheme: "dark", width: 1280 },
  { name: "narrow", scheme: "light", width: 360 },
] as const;

/** What each page is known by; of a page that is longer than the window, its upper parts. In the order in which the store is filled. */
const bar = [".bar", ".bar-name", "nav[aria-label=Pages]"];
const pages = {
  "empty store": [".runs-empty", ".runs-empty h1", ".runs-empty canvas", ".runs-empty code"],
  "one run": [
    ".runs-left",
    "tr[data-line='0']",
    "tr[data-line='0'] .mark-shape",
    ".chart:not(.chart-small)",
    ".chart-small",
  ],
  runs: [
    ".runs-left",
    ".filter-field input",
    ".filter-line select",
    ".list",
    ".list-table thead",
    "tr[data-line='1']",
  ].concat(
    "tr[data-line='1'] .mark-shape",
    ".runs-right",
    ".chart:not(.chart-small)",
    ".chart-over",
    ".chart-small",
  ),
  "no run matches": [".filter-field input", ".list", ".list-none", ".chart-small"],
  run: [".run-head", ".big-mark", ".run-head-words h1", ".run-verdict", ".section"],
  "crashed run": [".run-head", ".big-mark", ".run-verdict", ".crash", ".section"],
  compare: [".page h1", ".verdicts"],
  sweep: [
    ".page h1",
    ".run-verdict",
    ".facts",
    "#progress",
    "#progress canvas",
    "#settings",
    "#settings canvas",
    ".matters",
    "#slice",
    "#slice canvas",
    "#trials summary",
    "#workers",
    "#workers canvas",
  ],
  "sweep without trials": [".page h1", ".facts", ".page > .quiet"],
  play: [".play-head", ".play-editor", ".play-left", ".play-middle", ".play-right", ".play-map"],
  "play, a network": [".play-head", ".play-left", ".play-middle", ".play-square", ".play-right"],
} as const;
type PageName = keyof typeof pages;

const falling = (from: number, to: number): number[] =>
  Array.from({ length: 60 }, (_, i) => to + (from - to) * Math.exp(-i / 12));
const rates = [0.1, 0.01, 0.001];
const made: readonly MadeRun[] = rates.map((learningRate, i) => ({
  ...{ name: `mlp${i}`, losses: falling(2.3, 0.1 + i) },
  ...(i === 1 ? { kind: "saddle" as const } : {}),
  config: { task: "train", method: "adam", settings: { learningRate } },
}));

const request: SweepRequest = {
  ...{ shown: "mlp.ts", path: "mlp.ts", fixed: [], strategy: "random", trials: 12, seed: 0 },
  space: [
    { name: "learningRate", kind: "range", low: 1e-4, high: 0.1, scale: "log", whole: false },
    { name: "hidden", kind: "choice", values: [8, 16, 32] },
  ],
  ...{ levels: undefined, eta: undefined, smallest: undefined, steps: undefined },
  ...{ metric: undefined, goal: undefined, workers: 2, threads: 1, patience: undefined },
  objective: { metric: "testLoss", goal: "min" },
};
/** Twelve trials by two workers: one that failed, one that was left early, one that was lost and tried again. */
const trials = Array.from({ length: 12 }, (_, number): SweepTrial => {
  const began = 1000 * (number >> 1);
  const span = { worker: number % 2, began, ended: began + 900 } as const;
  const failed = number === 5;
  return {
    ...{ number, share: 1, run: undefined, why: failed ? "killed" : undefined },
    settings: {
      learningRate: 1e-4 * 1000 ** (((7 * number) % 12) / 11),
      hidden: 8 << (number % 3),
    },
    status: failed ? "failed" : number === 6 ? "stopped" : "waiting",
    measured: failed
      ? []
      : [{ share: number === 6 ? 0.3 : 1, value: 0.2 + ((7 * number) % 12) / 10 }],
    spans:
      number === 8
        ? [
            { ...span, ended: began + 300, outcome: "lost" },
            { ...span, began: began + 350, outcome: "told" },
          ]
        : [{ ...span, outcome: failed ? "refused" : number === 6 ? "stopped" : "told" }],
  };
});

/** A run whose process is gone, and two sweeps: one with trials, one without. Gives back their ids. */
async function fillOther(dir: string): Promise<{ crashed: string; sweep: string; bare: string }> {
  await using store = await openStore(dir);
  const crashed = store.createRun({ ...circumstances, name: "gone", command: "nadir train x.ts" });
  const info = { name: "widths", file: "mlp.ts", command: "nadir sweep mlp.ts", space: {} };
  const [sweep, bare] = [0, 1].map(() =>
    store.sweeps.create({ ...info, settings: { ...request } }),
  );
  for (const trial of trials) store.sweeps.putTrial(sweep!.id, trial.number, trial);
  for (const { id } of [sweep!, bare!]) store.sweeps.update(id, { status: "ended" });
  return { crashed: crashed.id, sweep: sweep!.id, bare: bare!.id };
}

describe.skipIf(executablePath === undefined)(`how the pages are laid out${why}`, () => {
  let browser: Browser;
  let studio: ServedStudio;
  let page: Page;

  beforeAll(async () => {
    [browser, studio] = await Promise.all([
      chromium.launch({
        ...(executablePath === undefined ? {} : { executablePath }),
        args: [...quietFlags],
        timeout: patience,
      }),
      serveStudio(),
    ]);
    page = patient(await browser.newPage({ reducedMotion: "reduce" }));
    await page.goto(studio.link);
    await page.waitForSelector(".runs-empty");
  });

  afterAll(async () => {
    await browser?.close();
    await studio?.[Symbol.asyncDispose]();
  });

  test("as it was kept: nothing is moved, missing, or of another colour", async () => {
    const found: Record<string, Layout> = {};
    const keep = async (name: PageName, place: string): Promise<void> => {
      await page.goto(studio.origin + place);
      for (const part of pages[name]) await page.waitForSelector(part, { state: "attached" });
      for (const view of views) found[`${name}, ${view.name}`] = await layoutOf(page, name, view);
    };
    await keep("empty store", "/");
    const [a] = await fillStore(studio.store, made.slice(0, 1));
    await keep("one run", "/");
    const [b] = await fillStore(studio.store, made.slice(1));
    await keep("runs", "/");
    await keep("no run matches", "/?q=loss>1000");
    await keep("run", `/run/${b}`);
    await keep("compare", `/compare?r=${a},${b}`);
    await keep("play", "/play");
    await keep("play, a network", "/play#v=1&on=network");
    const other = await fillOther(studio.store);
    await keep("crashed run", `/run/${other.crashed}`);
    await keep("sweep", `/sweep/${other.sweep}`);
    await keep("sweep without trials", `/sweep/${other.bare}`);
    if (process.env["NADIR_KEEP"] === "1") writeFileSync(file, written(found));
    const kept: Record<string, Layout> = JSON.parse(readFileSync(file, "utf8"));
    expect(Object.keys(found)).toEqual(Object.keys(kept));
    const wrong = Object.entries(kept).flatMap(([name, layout]) =>
      differences(layout, found[name] ?? {}).map((difference) => `${name}: ${difference}`),
    );
    expect(wrong).toEqual([]);

    // Another font is no difference …
    for (const [name, place] of [
      ["run", `/run/${b}`],
      ["sweep", `/sweep/${other.sweep}`],
    ] as const) {
      await page.goto(studio.origin + place);
      await page.waitForSelector(".section");
      await restyle(page, ":root { --font: serif !important; --mono: serif !important }");
      for (const view of views) {
        const inSerif = await layoutOf(page, name, view);
        expect(differences(kept[`${name}, ${view.name}`] ?? {}, inSerif)).toEqual([]);
      }
    }
    // … but what is done here is, and is told.
    await page.goto(studio.origin);
    await page.waitForSelector(".chart-small");
    const right = kept["runs, light"] ?? {};
    for (const [css, difference] of [
      [".runs-right { display: none }", /runs-right is missing/],
      [".list { margin-left: 40px }", /\.list is at 40, /],
      [".runs { grid-template-columns: 30fr 70fr !important }", /runs-right is at/],
      [":root { --ground: #fffff0 !important }", /thead is .* on rgb\(255, 255, 240\)/],
      [".list-table thead { color: red }", /thead is rgb\(255, 0, 0\)/],
    ] as const) {
      await restyle(page, css);
      const told = differences(right, await layoutOf(page, "runs", views[0])).join("; ");
      expect([css, told]).toEqual([css, expect.stringMatching(difference)]);
    }
  });
});

/** Adds rules to a page, in place of those that were added before. */
const restyle = (page: Page, css: string): Promise<unknown> =>
  page.evaluate(
    `document.adoptedStyleSheets = [new CSSStyleSheet()];
     document.adoptedStyleSheets[0].replaceSync(${JSON.stringify(css)})`,
  );

async function layoutOf(
  page: Page,
  name: PageName,
  { scheme, width }: (typeof views)[number],
): Promise<Layout> {
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme: scheme });
  const found = await page.evaluate(`(${read})(${JSON.stringify([...bar, ...pages[name]])})`);
  return found as Layout; // what the function in the page gives back
}

/** In the page: what the selectors find. */
const read = `async (selectors) => {
  // A frame for what is laid out, and others for what then finds out how large it is.
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  return Object.fromEntries(selectors.map((selector) => {
    const element = document.querySelector(selector);
    const box = element?.getBoundingClientRect();
    if (box === undefined || box.width * box.height === 0) return [selector, "missing"];
    const { color, backgroundColor } = getComputedStyle(element);
    const places = [box.x + scrollX, box.y + scrollY, box.width, box.height].map(Math.round);
    return [selector, [...places, color, backgroundColor]];
  }));
}`;

/** What of a page is not as it was kept, in words. */
function differences(kept: Layout, found: Layout): string[] {
  return Object.entries(kept).flatMap(([selector, was]) => {
    const is = found[selector] ?? "missing";
    if (was === "missing" || is === "missing") {
      return was === is ? [] : [`${selector} is ${is === "missing" ? "missing" : "there"}`];
    }
    const moved = [across, down, across, down].some(
      ({ pixels, share }, i) =>
        Math.abs(Number(is[i]) - Number(was[i])) > pixels + share * Number(was[i]),
    );
    const [x, y, width, height, ink, paper] = is;
    return [
      ...(moved
        ? [`${selector} is at ${x}, ${y}, ${width} × ${height}, and was at ${was.slice(0, 4)}`]
        : []),
      ...(ink !== was[4] || paper !== was[5]
        ? [`${selector} is ${ink} on ${paper}, and was ${was[4]} on ${was[5]}`]
        : []),
    ];
  });
}

/** A line for each part. */
const written = (all: Readonly<Record<string, Layout>>): string =>
  `{\n${Object.entries(all)
    .map(
      ([name, layout]) =>
        `  ${JSON.stringify(name)}: {\n${Object.entries(layout)
          .map(([selector, part]) => `    ${JSON.stringify(selector)}: ${JSON.stringify(part)}`)
          .join(",\n")}\n  }`,
    )
    .join(",\n")}\n}\n`;
