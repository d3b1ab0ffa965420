// Pictures of the studio's pages, from trainings that are made for it: `node scripts/screenshots.mjs [FOLDER] [STORE]`.
// FOLDER: docs/pictures by default. STORE: one that an earlier start has filled, else a new one is. Needs a build and a
// Chromium, which CHROME_PATH may name. Two minutes.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "docs", "pictures"));
const nadir = join(root, "dist", "cli", "main.js");
const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = process.env.CHROME_PATH ?? usual.find(existsSync);
if (executablePath === undefined) throw new Error("no Chromium is here: name one in CHROME_PATH");

const temporary = mkdtempSync(join(tmpdir(), "nadir-screenshots-"));
const store = process.argv[3] === undefined ? join(temporary, "runs") : resolve(process.argv[3]);

/** A command to its end; what it answers as JSON. Exit codes above 2 tell of verdicts, which are no failures here. */
function run(...words) {
  const args = [nadir, ...words, "--store", store, "--json"];
  const options = { cwd: root, encoding: "utf8", maxBuffer: 1e9 };
  const { stdout, stderr, status } = spawnSync(process.execPath, args, options);
  if (status === 1 || status === 2) throw new Error(`nadir ${words.join(" ")}: ${stderr}${stdout}`);
  console.log(`nadir ${words.join(" ")}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** The real trainings that the pictures are of. */
function train() {
  for (const seed of ["0", "1", "2"]) {
    const words = ["train", "examples/mnist.ts", "epochs=2", "--seed", seed];
    const ids = [
      run(...words, "--name", "digits").id,
      run(...words, "learningRate=0.02", "--name", "hotter").id,
    ];
    if (seed !== "0") continue;
    for (const id of ids) run("spectrum", id, "--density", "--rows", "300");
    run("landscape", ids[0], "--plane", "trajectory", "--grid", "21", "--rows", "300");
  }
  for (const name of ["rosenbrock", "beale", "rastrigin"]) run("minimize", name);
  const space = ["learningRate=log:1e-4..3e-2", "dropout=0..0.5", "batchSize=64,128,256"];
  run("sweep", "examples/mnist.ts", ...space, "epochs=1", "--trials", "12");
}

/** The studio over that store: its link, and how it is ended. */
async function serve() {
  const args = [nadir, "studio", "--no-open", "--port", "0", "--json", "--store", store];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  return { link: JSON.parse(line).url, end: () => child.kill("SIGINT") };
}

try {
  if (!existsSync(join(store, "runs.db"))) train();
  // Newest first: the last of a name is that of seed 0.
  const { runs } = run("ls", "--limit", "100");
  const named = (name) => runs.filter((one) => one.name === name).map(({ id }) => id);
  const [digits, hotter] = [named("digits"), named("hotter")];
  const swept = [...new Set(runs.flatMap(({ sweep }) => sweep ?? []))].slice(0, 1);
  const { link, end } = await serve();
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  mkdirSync(folder, { recursive: true });
  const first = `/run/${digits.at(-1)}`;
  const compared = [...digits, ...hotter].join(",");
  const views = [
    { name: "runs", path: "/", wait: "canvas" },
    { name: "run", path: first, wait: "#curve canvas" },
    {
      name: "run-dark",
      path: `/run/${hotter.at(-1)}?smooth=0.9`,
      wait: "#curve canvas",
      dark: true,
    },
    { name: "landscape", path: first, wait: "#spectrum canvas", section: "landscape" },
    { name: "spectrum", path: first, wait: "#spectrum canvas", section: "spectrum" },
    { name: "compare", path: `/compare?r=${compared}`, wait: "#curve canvas" },
    ...swept.map((id) => ({ name: "sweep", path: `/sweep/${id}`, wait: "#settings canvas" })),
    // A map of many colours: as PNG it would be 250 kB.
    { name: "play", path: "/play", wait: "canvas", linger: 12_000, type: "jpeg" },
  ];
  for (const view of views) {
    const { name, path, wait, dark = false, section, linger = 800, type = "png" } = view;
    const page = await browser.newPage({
      viewport: { width: 1200, height: 760 },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
    });
    await page.goto(link);
    await page.waitForSelector(".bar");
    await page.goto(new URL(path, link).href);
    await page.waitForSelector(wait);
    if (section !== undefined) {
      // Below the bar, which stays where it is.
      await page.evaluate(
        `scrollTo(0, document.getElementById("${section}").getBoundingClientRect().top + scrollY - 48)`,
      );
    }
    await page.waitForTimeout(linger);
    const file = join(folder, `studio-${name}.${type === "jpeg" ? "jpg" : type}`);
    await page.screenshot({ path: file, type, ...(type === "jpeg" ? { quality: 85 } : {}) });
    await page.close();
    const { size: bytes } = statSync(file);
    console.log(`${file}  ${Math.round(bytes / 1000)} kB`);
    if (bytes > 150_000) throw new Error(`${file} is larger than 150 kB: show less of the page`);
  }
  await browser.close();
  end();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
