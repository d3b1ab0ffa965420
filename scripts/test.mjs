// `npm test`: installs what is missing, then runs the tests. `npm test -- src/linalg` runs some of them.
import { fileURLToPath } from "node:url";
import { ensureInstalled, leaveWith } from "./install.mjs";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
ensureInstalled();
leaveWith([at("node_modules/vitest/vitest.mjs"), "run", ...process.argv.slice(2)]);
