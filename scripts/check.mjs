// `npm run check`: types, the layer rule, format and lint, dead exports and dependencies. Runs all, then fails if one did.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./install.mjs";

ensureInstalled();
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const checks = {
  types: ["node_modules/typescript/bin/tsc", "--noEmit"],
  "types of the studio": ["node_modules/typescript/bin/tsc", "-p", "studio"],
  layers: ["scripts/layers.mjs", "--check"],
  "format and lint": ["node_modules/@biomejs/biome/bin/biome", "ci", "."],
  "dead code": ["node_modules/knip/bin/knip.js"],
  "decision notes": ["scripts/decisions.mjs", "--check"],
  "pages of methods": ["scripts/docs.mjs", "--check"],
};
const failed = [];
for (const [name, [program, ...args]] of Object.entries(checks)) {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [at(program), ...args], {
    cwd: at("."),
    stdio: "inherit",
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (status !== 0) failed.push(name);
}
process.exitCode = failed.length > 0 ? 1 : 0;
