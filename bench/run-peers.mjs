// The peers alone, without nadir: `npm run build && node bench/run-peers.mjs steps [--json]`.
import process from "node:process";
import { runSuite } from "../dist/cli/bench/run.js";
import { solves } from "../dist/cli/bench/solves.js";
import { steps } from "../dist/cli/bench/steps.js";
import { peers } from "../dist/cli/bench/systems.js";
import { caseTable, footer } from "../dist/cli/bench/table.js";

const [name = "steps", ...flags] = process.argv.slice(2);
const json = flags.includes("--json");
const report = await runSuite(name === "solves" ? solves : steps, {
  systems: peers(),
  onRows: (benchCase, rows) => json || console.log(`${caseTable(benchCase, rows)}\n`),
});
console.log(json ? JSON.stringify(report, null, 2) : footer(report));
