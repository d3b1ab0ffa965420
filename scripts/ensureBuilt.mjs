// Vitest's global setup for the tests that start the built program.
export { ensureBuilt as setup } from "./install.mjs";
