// The layer rule, stated once: folders follow the data, and imports point only upwards in this list.
// Writes it as lint configuration to biome.layers.json; with --check, fails if that file is out of date.
import { readFileSync, writeFileSync } from "node:fs";

const folders = [
  "base",
  "array",
  "autodiff",
  "analysis",
  "runtime",
  "linalg",
  "methods",
  "models",
  "diagnosis",
  "training",
  "programs",
  "estimators",
  "search",
  "inspection",
  "drawing",
  "records",
  "data",
  "runs",
  "exchange",
  "studio",
  "cli",
];
/** Folders inside one line of the list, in their order. */
const parts = { methods: ["schedules", "penalties", "constraints", "rules", "solvers"] };
/** A file of types only, which a folder above it may name. */
const typesOnly = { records: "**/runs/run.ts" };
/** Where a native package or a Node module may enter, inside a folder that otherwise runs in a browser. */
const doors = { runtime: "src/runtime/{onnx,threads}/node*.ts" };

const browserSafe = folders.slice(0, folders.indexOf("data"));
const pure = ["base", "array", "autodiff", "analysis", "linalg", "methods", "models"];
// Tests may look anywhere: an autodiff test runs what it differentiates.
const notTests = ["!**/*.test.ts", "!**/testing.ts"];

const self = "Inside src/, import from the file that defines the thing.";
const native = "Native packages enter only at runtime/*/node*.ts, data/, runs/, studio/ and cli/.";
const ownPaths = { nadir: { message: self }, "nadir/data": { message: self } };
const allPaths = { ...ownPaths };
for (const name of ["onnxruntime-node", "libsql", "esbuild"]) allPaths[name] = { message: native };

const overrides = [];
const rules = (includes, groups) => overrides.push({ includes, linter: { rules: groups } });
const layer = (includes, paths, above, later, allowed = []) => {
  const message = `Only from ${[...above, "the folder itself"].join(", ")}: imports point upwards.`;
  const group = [...later.map((name) => `**/${name}/**`), "!./**", ...allowed.map((g) => `!${g}`)];
  const patterns = later.length > 0 ? [{ group, message }] : [];
  const options = { paths, patterns };
  rules(includes, { style: { noRestrictedImports: { level: "error", options } } });
};

for (const [i, folder] of folders.entries()) {
  const [above, later] = [folders.slice(0, i), folders.slice(i + 1)];
  const paths = browserSafe.includes(folder) ? allPaths : ownPaths;
  const allowed = typesOnly[folder] ? [typesOnly[folder]] : [];
  layer([`src/${folder}/**`, ...notTests], paths, above, later, allowed);
  if (doors[folder]) layer([doors[folder], ...notTests], ownPaths, above, later);
  for (const [j, part] of (parts[folder] ?? []).entries()) {
    const [partsAbove, partsLater] = [parts[folder].slice(0, j), parts[folder].slice(j + 1)];
    const includes = [`src/${folder}/${part}/**`, ...notTests];
    layer(includes, paths, [...above, ...partsAbove], [...later, ...partsLater]);
  }
}

const deny = (names, why) => ({
  noRestrictedGlobals: {
    level: "error",
    options: { deniedGlobals: Object.fromEntries(names.map((name) => [name, why])) },
  },
});
const all = (names) => names.map((name) => `src/${name}/**`);
rules([...all(browserSafe), ...Object.values(doors).map((door) => `!${door}`), ...notTests], {
  correctness: { noNodejsModules: "error" },
  style: deny(["process", "Buffer"], "This folder runs in a browser."),
});
rules([...all(pure), ...notTests], {
  style: deny(["process", "Buffer", "console", "Date"], "This folder only computes: no effects."),
});

const file = new URL("../biome.layers.json", import.meta.url);
const wanted = `${JSON.stringify({ overrides }, null, 1)}\n`;
if (!process.argv.includes("--check")) writeFileSync(file, wanted);
else if (readFileSync(file, "utf8") !== wanted) {
  console.error("biome.layers.json is out of date: run `node scripts/layers.mjs`.");
  process.exitCode = 1;
}
