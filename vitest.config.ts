import { defineConfig } from "vitest/config";
import { closingLine } from "./scripts/closingLine.ts";
import { patience, wholePatience } from "./test/patience.ts";

// A test that says `import … from "nadir"`, as a user would, gets the sources.
const conditions = ["nadir-source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

const bounds = {
  testTimeout: wholePatience,
  hookTimeout: wholePatience,
  expect: { poll: { timeout: patience } },
};

export default defineConfig({
  ...shared,
  test: {
    reporters: ["default", closingLine],
    projects: [
      {
        ...shared,
        test: {
          ...bounds,
          name: "nadir",
          // One set of modules for all files: reading them anew for each took longer than most tests.
          isolate: false,
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "studio/src/**/*.test.ts"],
          exclude: ["src/cli/**/*.spawn.test.ts", "test/browser/**", "test/studio/**"],
          setupFiles: ["./test/draws.ts"],
        },
      },
      {
        ...shared,
        // Tests that start the built program, as a user would: it is built once, if a source is newer.
        test: {
          ...bounds,
          name: "cli",
          include: ["src/cli/**/*.spawn.test.ts"],
          globalSetup: ["./scripts/ensureBuilt.mjs"],
        },
      },
      {
        ...shared,
        // The built package, bundled for a page and run in a Chromium, beside the same in Node.
        test: {
          ...bounds,
          name: "browser",
          include: ["test/browser/*.test.ts"],
          globalSetup: ["./scripts/ensureBuilt.mjs"],
        },
      },
      {
        ...shared,
        // The built studio, started as a user would, asked by hand and in a Chromium.
        test: {
          ...bounds,
          name: "studio",
          include: ["test/studio/*.test.ts"],
          globalSetup: ["./scripts/ensureBuilt.mjs"],
        },
      },
    ],
  },
});
