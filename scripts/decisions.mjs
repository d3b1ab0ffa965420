// Decision notes go by their numbers: fails if two share one, or if a note's heading has another than its file.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../docs/decisions/", import.meta.url));
const faults = [];
const seen = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith(".md"))) {
  const number = file.slice(0, 4);
  if (seen.has(number)) faults.push(`${file} and ${seen.get(number)} share a number`);
  seen.set(number, file);
  const [heading] = readFileSync(folder + file, "utf8").split("\n");
  if (!heading.startsWith(`# ${number} · `))
    faults.push(`${file} begins with "${heading}", not "# ${number} · "`);
}
for (const fault of faults) console.error(`docs/decisions: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
