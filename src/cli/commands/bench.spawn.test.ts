import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nadir } from "../testing.ts";

const cwd = mkdtempSync(join(tmpdir(), "nadir-bench-"));

describe("nadir bench", () => {
  test("times nadir alone on one case, and says so as JSON", async () => {
    const { code, stdout } = await nadir(
      ["bench", "classical", "--only", "rosenbrock", "--no-peers", "--budget", "50", "--json"],
      cwd,
    );
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      schema: "nadir.bench/1",
      suite: "classical",
      rows: [{ case: "rosenbrock", system: "nadir", ratio: 1 }],
    });
    expect(report.rows[0].medianMs).toBeGreaterThan(0);
  });

  test.for([
    [["bench", "step"], /did you mean steps/],
    [["bench", "steps", "--only", "tinny"], /has no case of tinny/],
  ] as const)("refuses %j by name", async ([words, message]) => {
    const { code, stderr } = await nadir([...words], cwd);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
