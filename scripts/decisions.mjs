// Decision notes go by their numbers: fails if two share one, or if a note's heading has another than its file.
// `node scripts/decisions.mjs` writes their list, docs/decisions/README.md; with --check it only looks.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../docs/decisions/", import.meta.url));
const index = `${folder}README.md`;
const faults = [];
const seen = new Map();
const lines = [];
for (const file of readdirSync(folder)
  .filter((name) => /^\d.*\.md$/.test(name))
  .sort()) {
  const number = file.slice(0, 4);
  if (seen.has(number)) faults.push(`${file} and ${seen.get(number)} share a number`);
  seen.set(number, file);
  const [heading] = readFileSync(folder + file, "utf8").split("\n");
  if (!heading.startsWith(`# ${number} · `))
    faults.push(`${file} begins with "${heading}", not "# ${number} · "`);
  lines.push(`- [${number}](${file}) ${heading.slice(`# ${number} · `.length)}`);
}
const text = `# Why things are as they are

Half a page each: the question, the options, the choice, what would change our mind. Notes are not rewritten; a later one replaces
an earlier one. This list is written by \`node scripts/decisions.mjs\`.

${lines.join("\n")}
`;
if (!process.argv.includes("--check")) writeFileSync(index, text);
else if (!existsSync(index) || readFileSync(index, "utf8") !== text)
  faults.push("README.md does not list the notes as they are: run node scripts/decisions.mjs");
for (const fault of faults) console.error(`docs/decisions: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
