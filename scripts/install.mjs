// What `npm start` and `npm test` need before they can run. npm does not run pre- and post-scripts
// here (.npmrc refuses all install scripts), so each of them installs and builds for itself.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const inRoot = (...parts) => join(root, ...parts);
const say = (line) => process.stderr.write(`${line}\n`);

/** Installs the lockfile's packages, if one of them is missing here or has another version. */
export function ensureInstalled() {
  const wanted = packagesOf("package-lock.json");
  const here = packagesOf("node_modules/.package-lock.json");
  // Optional packages are builds for other machines.
  const missing = Object.keys(wanted).filter(
    (path) => path !== "" && !wanted[path].optional && here[path]?.version !== wanted[path].version,
  );
  if (missing.length === 0) return;
  say(`Installing ${missing.length} packages from the registry (once, about a minute) …`);
  const started = performance.now();
  // Not `npm ci`: it refuses a lockfile that lacks builds for other machines, and some registries
  // have not all of them. This too installs the locked versions, and leaves the lockfile as it is.
  npm(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
  say(`Installed in ${Math.round((performance.now() - started) / 1000)} s.`);
}

/** Compiles src/ into dist/, if a source is newer. Types are checked by `npm run check`, not here. */
export function ensureBuilt() {
  const stamp = inRoot("dist", ".built");
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  const changed = Math.max(
    newestIn(inRoot("src")),
    newestIn(inRoot("studio")),
    ...[
      "tsconfig.build.json",
      "scripts/install.mjs",
      "scripts/studio.mjs",
      "scripts/play.mjs",
      "scripts/workers.mjs",
    ].map((path) => statSync(inRoot(path)).mtimeMs),
  );
  if (changed <= built) return;
  say("Building dist/ …");
  build(["--noCheck"]);
}

/** What is imported or started by its name. Whatever two of them share is one file, loaded once. */
const entries = [
  ...["index", "data/index", "cli/main", "cli/userFileHooks"],
  // #onnxruntime and #threads of package.json.
  ...["runtime/onnx/node", "runtime/onnx/web", "runtime/threads/node", "runtime/threads/web"],
  // The benchmarks without nadir, each peer in a process of its own, and a test of user files.
  ...["run", "solves", "steps", "systems", "table", "peers/*"].map((name) => `cli/bench/${name}`),
  ...["cli/loadUserFile", "cli/errors"],
];

/**
 * Compiles src/ into dist/, bundled: Node takes a millisecond for each module that it finds, and
 * `import "nadir"` needs two hundred. The old dist/ stays in place until the new one is whole.
 */
export function build(flags = []) {
  // A file saved while the compiler runs must count as newer than this build.
  const started = new Date();
  const [fresh, old] = [inRoot(`dist.${process.pid}`), inRoot(`dist.${process.pid}.old`)];
  try {
    const tsc = inRoot("node_modules", "typescript", "bin", "tsc");
    const project = inRoot("tsconfig.build.json");
    run(process.execPath, [tsc, "-p", project, "--outDir", fresh, ...flags]);
    const esbuild = inRoot("node_modules", "esbuild", "bin", "esbuild");
    const sources = entries.map((entry) => inRoot("src", `${entry}.ts`));
    const options = [
      "--bundle",
      "--splitting",
      "--format=esm",
      "--platform=node",
      "--target=node20",
    ];
    const places = [`--outbase=${inRoot("src")}`, `--outdir=${fresh}`];
    const names = ["--chunk-names=chunks/[name]-[hash]", "--packages=external", "--sourcemap"];
    // Resolved where nadir is used: Node and a browser's bundler take different files.
    const open = ["--external:#onnxruntime", "--external:#threads"];
    run(process.execPath, [
      esbuild,
      ...sources,
      ...options,
      ...places,
      ...names,
      ...open,
      "--log-level=error",
    ]);
    run(process.execPath, [inRoot("scripts", "studio.mjs"), join(fresh, "studio")]);
    run(process.execPath, [inRoot("scripts", "play.mjs"), fresh]);
    chmodSync(join(fresh, "cli", "main.js"), 0o755);
    writeFileSync(join(fresh, ".built"), "");
    utimesSync(join(fresh, ".built"), started, started);
    if (existsSync(inRoot("dist"))) renameSync(inRoot("dist"), old);
    renameSync(fresh, inRoot("dist"));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** Runs a program of this package to its end, with the terminal handed over; leaves with its exit code. */
export function leaveWith(args) {
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: process.cwd(),
    stdio: "inherit",
  });
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}

/** A lockfile's packages, by the path they are installed at; none if there is no such file. */
function packagesOf(lockfile) {
  const file = inRoot(lockfile);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : {};
}

/** When a file in a folder last changed, tests aside, in milliseconds. */
function newestIn(folder) {
  let newest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestIn(path));
    else if (!/\.test\.tsx?$|\.golden\.json$/.test(entry.name))
      newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

function npm(args) {
  // Under `npm start`, the same npm that was asked; else the one on the path (a .cmd on Windows).
  const own = process.env.npm_execpath;
  if (own?.endsWith(".js")) run(process.execPath, [own, ...args]);
  else run("npm", args, { shell: process.platform === "win32" });
}

/** Runs a command to its end, its output on stderr: stdout belongs to the result. */
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    ...options,
  });
  if (status === 0) return;
  say(`Failed: ${command} ${args.join(" ")}${error ? `\n${error.message}` : ""}`);
  process.exit(1);
}
