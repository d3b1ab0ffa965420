// `npm run example NAME -- ARGUMENTS`: runs a program of examples/ that is not a file for `nadir train` or `nadir minimize`.
// (Node 22.18 and newer run it without this: node examples/NAME.ts ARGUMENTS, after npm run build.)
import { existsSync } from "node:fs";
import { register } from "node:module";
import { ensureBuilt, ensureInstalled } from "./install.mjs";

const [name = "recommend"] = process.argv.splice(2, 1);
const file = new URL(`../examples/${name}.ts`, import.meta.url);
if (!existsSync(file)) {
  console.error(`There is no example ${name}.`);
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const packageRoot = new URL("..", import.meta.url).href;
register("../dist/cli/userFileHooks.js", import.meta.url, { data: { packageRoot } });
try {
  await import(file.href);
} catch (error) {
  // Misuse tells what to do; a stack would not add to it.
  console.error(error?.name === "NadirError" ? error.message : error);
  process.exitCode = error?.name === "NadirError" ? 2 : 1;
}
