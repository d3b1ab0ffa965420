import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { spawned } from "../testing.ts";

// Deterministic enough to be tested: beside params × (4 + slots) × 4 bytes come the gradient of the largest layer, twice,
// and activations. Each copy of all that is carried would add 0.5.
test("a training by Adam holds little more than params × (4 + slots)", async () => {
  const { exit, stdout, stderr } = await spawned(
    ["bench", "memory", "--only", "4M", "--json"],
    tmpdir(),
  );
  expect([exit, stderr]).toEqual([0, expect.any(String)]);
  const { tables } = JSON.parse(stdout) as { tables: { columns: string[]; rows: unknown[][] }[] };
  const [{ columns, rows } = { columns: [], rows: [] }] = tables;
  const ratio = rows[0]?.[columns.indexOf("ratio")];
  expect(ratio).toBeGreaterThan(0.8); // a training holds two sets of all at least
  expect(ratio).toBeLessThan(1.9);
});
