import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** A vitest reporter whose one line is plain: `12 passed, 0 failed`, and how many were skipped. */
export const closingLine: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      // A file that cannot be loaded has no tests, and has failed all the same.
      if (module.errors().length > 0) count.failed += 1;
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
    console.log(`${count.passed} passed, ${count.failed + count.pending} failed${skipped}`);
  },
};
