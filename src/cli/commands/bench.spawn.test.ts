import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { spawned } from "../testing.ts";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

describe("nadir bench", () => {
  test("times nadir alone on one case, and says so as JSON", () => {
    const words = [
      "bench",
      "solves",
      "--only",
      "rosenbrock",
      "--no-peers",
      "--budget",
      "50",
      "--json",
    ];
    const { status, stdout } = spawnSync(process.execPath, [main, ...words], { encoding: "utf8" });
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      schema: "nadir.bench/1",
      suite: "solves",
      rows: [{ case: "rosenbrock", system: "nadir", ratio: 1 }],
    });
    expect(report.rows[0].medianMs).toBeGreaterThan(0);
  });

  test.for([
    [["bench", "step"], /did you mean steps/],
    [["bench", "steps", "--only", "tinny"], /has no case of tinny/],
  ] as const)("refuses %j by name", async ([words, message]) => {
    const { exit, stderr } = await spawned(words, tmpdir());
    expect(exit).toBe(2);
    expect(stderr).toMatch(message);
  });
});
