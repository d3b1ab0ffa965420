import { defineConfig } from "vitest/config";
import { closingLine } from "./scripts/closingLine.ts";

// A test that says `import … from "nadir"`, as a user would, gets the sources.
const conditions = ["nadir-source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

export default defineConfig({
  ...shared,
  test: {
    testTimeout: 20_000,
    reporters: ["default", closingLine],
    projects: [
      {
        ...shared,
        test: {
          name: "nadir",
          // One set of modules for all files: reading them anew for each took longer than most tests.
          isolate: false,
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "studio/src/**/*.test.ts"],
          exclude: ["src/cli/**/*.spawn.test.ts", "test/browser/**", "test/studio/**"],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        // Tests that start the built program, as a user would: it is built once, if a source is newer.
        test: {
          name: "cli",
          include: ["src/cli/**/*.spawn.test.ts"],
          globalSetup: ["./scripts/ensureBuilt.mjs"],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        // The built package, bundled for a page and run in a Chromium, beside the same in Node.
        test: {
          name: "browser",
          include: ["test/browser/*.test.ts"],
          globalSetup: ["./scripts/ensureBuilt.mjs"],
        },
      },
      {
        ...shared,
        // The built studio, started as a user would, asked by hand and in a Chromium.
        test: {
          name: "studio",
          include: ["test/studio/*.test.ts"],
          globalSetup: ["./scripts/ensureBuilt.mjs"],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
