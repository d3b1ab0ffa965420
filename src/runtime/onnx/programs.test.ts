import { fc, test as property } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { NDArray } from "../../array/ndarray.ts";
import { distance } from "../../array/primitives/testing.ts";
import { finish } from "../../array/program.ts";
import { buildProgram, type ProgramSpec } from "../testing.ts";
import { onnxEngine } from "./engine.ts";
import { refuse } from "./support.ts";
import { onBoth, runOn } from "./testing.ts";

const specs = (fewest: number, most: number): fc.Arbitrary<ProgramSpec> =>
  fc.record({
    inputs: fc.array(fc.nat(999), { minLength: 1, maxLength: 4 }),
    steps: fc.array(fc.tuple(fc.nat(999), fc.nat(1e6)), { minLength: fewest, maxLength: most }),
    outputs: fc.array(fc.nat(11), { minLength: 1, maxLength: 8 }),
  });

const plain = (arrays: readonly NDArray[]) =>
  arrays.map(({ shape, dtype, data }) => ({ shape, dtype, data: Array.from(data, (x) => x + 0) })); // −0 as 0

describe("ONNX Runtime gives what generated JavaScript gives", () => {
  for (const float of ["f32", "f64"] as const) {
    property.prop([specs(5, 40)], { numRuns: 150 })(
      `for random programs of whole numbers, bit for bit, in ${float}`,
      async (spec) => {
        const { program, inputs, expected } = buildProgram(spec, "exact", float);
        const finished = finish(program);
        if (refuse(finished) !== undefined) return;
        expect(plain(await runOn(onnxEngine, finished, inputs))).toEqual(plain(expected));
      },
    );

    property.prop([specs(5, 40)], { numRuns: 150 })(
      `for random smooth programs, in ${float}`,
      async (spec) => {
        const { program, inputs } = buildProgram(spec, "smooth", float);
        const finished = finish(program);
        if (refuse(finished) !== undefined) return;
        const [js, onnx] = await onBoth(finished, inputs);
        const worst = Math.max(...onnx.map((array, i) => distance(array, js[i]!)));
        expect(worst).toBeLessThan(float === "f32" ? 1e-5 : 1e-12);
      },
    );
  }
});
