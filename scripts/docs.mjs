// Writes the tables of docs/methods/ from the registry that `nadir methods` shows; with --check, fails if one is out of date,
// or if a method stands on no page or on two. A table stands between `<!-- methods: names -->` and `<!-- end -->`.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureBuilt, ensureInstalled } from "./install.mjs";

ensureInstalled();
ensureBuilt();
const check = process.argv.includes("--check");
const folder = fileURLToPath(new URL("../docs/methods/", import.meta.url));
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const { stdout } = spawnSync(process.execPath, [main, "methods", "--json"], { encoding: "utf8" });
const methods = new Map(JSON.parse(stdout).methods.map((info) => [info.name, info]));

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const row = (cells) => `| ${cells.map(cell).join(" | ")} |`;
const table = (names) =>
  [
    row(["name", "what it is", "guarantee", "price", "source"]),
    row(["---", "---", "---", "---", "---"]),
    ...names.map((name) => {
      const { summary, guarantee, priceInWords, source } = methods.get(name);
      return row([`\`${name}\``, summary, guarantee, priceInWords, source]);
    }),
  ].join("\n");

const faults = [];
const seen = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith(".md"))) {
  const before = readFileSync(folder + file, "utf8");
  const after = before.replace(/<!-- methods:(.*?)-->[\s\S]*?<!-- end -->/g, (_all, list) => {
    const names = list.split(/\s+/).filter((name) => name !== "");
    for (const name of names) {
      if (!methods.has(name)) faults.push(`docs/methods/${file} names ${name}, which is no method`);
      if (seen.has(name)) faults.push(`${name} stands in ${seen.get(name)} and in ${file}`);
      seen.set(name, file);
    }
    const known = names.filter((name) => methods.has(name));
    return `<!-- methods: ${names.join(" ")} -->\n${known.length > 0 ? `${table(known)}\n` : ""}<!-- end -->`;
  });
  if (after === before) continue;
  if (check) faults.push(`docs/methods/${file} is out of date: run \`node scripts/docs.mjs\``);
  else writeFileSync(folder + file, after);
}
for (const name of methods.keys()) {
  if (!seen.has(name)) faults.push(`${name} stands on no page of docs/methods/: add it to one`);
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
