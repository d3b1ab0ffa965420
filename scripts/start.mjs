// `npm start`: installs and builds what is missing, then trains on the handwritten digits.
// `npm start -- epochs=5 --json` passes its arguments on.
import { fileURLToPath } from "node:url";
import { ensureBuilt, ensureInstalled, leaveWith } from "./install.mjs";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
ensureInstalled();
ensureBuilt();
leaveWith([at("dist/cli/main.js"), "train", at("examples/mnist.ts"), ...process.argv.slice(2)]);
