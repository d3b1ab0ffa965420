// `npm start`: installs and builds what is missing, then trains on the handwritten digits.
// `npm start -- epochs=5 --json` passes its arguments on.
import { fileURLToPath } from "node:url";
import { ensureBuilt, ensureInstalled, leaveWith } from "./install.mjs";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const words = process.argv.slice(2);
ensureInstalled();
ensureBuilt();
// The way on, for who has asked for nothing in particular.
process.on("exit", (code) => {
  if (code !== 0 || words.some((word) => word.startsWith("-"))) return;
  console.error(`
  npx nadir studio        this run in a browser, and all that follow
  npx nadir diagnose @    what it suffers from, and what to change`);
});
leaveWith([at("dist/cli/main.js"), "train", at("examples/mnist.ts"), ...words]);
