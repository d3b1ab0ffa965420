import { expect, test } from "vitest";
import type { LayerHealth } from "../diagnosis/health.ts";
import { healthTable } from "./healthTable.ts";
import type { Colors } from "./output.ts";

const plain = new Proxy({}, { get: () => (text: string) => text }) as Colors; // every colour leaves text as it is

const layer = (name: string, more: Partial<LayerHealth>): LayerHealth => ({
  ...{
    layer: name,
    kind: "dense",
    parameters: 10,
    weightNorm: 2,
    gradientNorm: 0.1,
    updateRatio: 1e-3,
  },
  ...more,
});

test("a row for each layer, with marks where a figure is out of its range", () => {
  const relu = { of: "relu", rms: 0.5, mean: 0.2, isLast: false } as const;
  const last = [
    layer("0", { activation: { ...relu, deadFraction: 0.9 } }),
    layer("2", { activation: { ...relu, deadFraction: 0.3 } }),
    layer("4", { updateRatio: 1e-7, activation: { ...relu, of: "output", rms: 3 } }),
  ];
  // The rate of the first layer has vanished at the last look: it counts by the median of three.
  const before = [layer("0", {}), layer("2", {}), layer("4", { updateRatio: 1e-7 })];
  const end = [{ ...last[0]!, updateRatio: 1e-9 }, ...last.slice(1)];
  const text = healthTable([before, before, end], plain);
  const [head, ...rows] = text.split("\n");
  expect(head).toMatch(/layer .*‖w‖ .*‖g‖ .*‖Δw‖\/‖w‖ .*output .*dead$/);
  expect(head).not.toMatch(/saturated|drift|branch/);
  expect(rows[0]).toMatch(/^0 +dense · relu .*90\.0 % ✗$/);
  expect(rows[0]).toMatch(/ 1e-3 /);
  expect(rows[1]).toMatch(/^2 .*30\.0 % !$/);
  expect(rows[2]).toMatch(/^4 +dense .*1e-7 ✗/);
});
