import { fc, test as property } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { allocate } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { batchedAndLooped, derivativesOf, distance } from "../../array/primitives/testing.ts";
import { finish, type Program, replay } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { randomFrom } from "../../array/testing.ts";
import { buildProgram, type ProgramSpec } from "../testing.ts";
import { compileKernel } from "./compile.ts";

const specs = (fewest: number, most: number): fc.Arbitrary<ProgramSpec> =>
  fc.record({
    inputs: fc.array(fc.nat(999), { minLength: 1, maxLength: 4 }),
    steps: fc.array(fc.tuple(fc.nat(999), fc.nat(1e6)), { minLength: fewest, maxLength: most }),
    outputs: fc.array(fc.nat(11), { minLength: 1, maxLength: 8 }),
  });

/** Calls a program twice, so that nothing left over from the first call may matter. */
function run(program: Program, inputs: readonly NDArray[], longest?: number): NDArray[] {
  const kernel = compileKernel(program, longest);
  const outputs = program.outputs.map(
    ({ shape, dtype, size }) => new NDArray(allocate(dtype, size), shape, dtype),
  );
  for (let call = 0; call < 2; call++)
    kernel(...inputs.map(({ data }) => data), ...outputs.map(({ data }) => data));
  return outputs;
}

const plain = (arrays: readonly NDArray[]) =>
  arrays.map(({ shape, dtype, data }) => ({ shape, dtype, data: Array.from(data, (x) => x + 0) })); // −0 as 0

const worst = (found: readonly NDArray[], wanted: readonly NDArray[]): number =>
  Math.max(...found.map((array, i) => distance(array, wanted[i]!)));

describe("generated code gives what the definitions say", () => {
  for (const float of ["f64", "f32"] as const) {
    property.prop([specs(5, 40)], { numRuns: 400 })(
      `of random programs of whole numbers, bit for bit, in ${float}`,
      (spec) => {
        const { program, inputs, expected } = buildProgram(spec, "exact", float);
        expect(plain(run(finish(program), inputs))).toEqual(plain(expected));
      },
    );
  }

  property.prop([specs(5, 40)], { numRuns: 100 })(
    "of programs whose code is cut into functions",
    (spec) => {
      const { program, inputs, expected } = buildProgram(spec, "exact", "f64");
      expect(plain(run(finish(program), inputs, 200))).toEqual(plain(expected));
    },
  );

  for (const [float, bound] of [
    ["f64", 1e-12],
    ["f32", 1e-5],
  ] as const) {
    property.prop([specs(5, 40)], { numRuns: 250 })(
      `of random smooth programs in ${float}`,
      (spec) => {
        const { program, inputs, expected } = buildProgram(spec, "smooth", float);
        expect(worst(run(finish(program), inputs), expected)).toBeLessThan(bound);
      },
    );
  }

  property.prop([specs(5, 25)], { numRuns: 100 })(
    "of the derivatives of random smooth programs, by differences",
    (spec) => {
      const { program, inputs } = buildProgram(spec, "smooth", "f64");
      const f = (...x: readonly Tensor[]): Tensor => {
        const outputs = replay(program, x[0]!.graph, x).map((y) => y.cast("f64").tanh().sum());
        return outputs.reduce((sum, y) => sum.add(y));
      };
      const found = derivativesOf(f, inputs, randomFrom(spec.outputs[0]!));
      const { backward, forward, difference, second, secondDifference } = found;
      const scale = (value: number): number => Math.max(1, Math.abs(value));
      expect(Math.abs(backward - forward) / scale(forward)).toBeLessThan(1e-10);
      // Differences of a function that bends strongly are worth less: h²/6 times its third derivative.
      expect(Math.abs(backward - difference) / scale(second)).toBeLessThan(1e-6);
      expect(Math.abs(second - secondDifference) / scale(second)).toBeLessThan(1e-4);
    },
  );

  property.prop([specs(5, 25)], { numRuns: 100 })(
    "of random programs mapped over a stack of inputs",
    (spec) => {
      const { program, inputs } = buildProgram(spec, "exact", "f64");
      const stacks = inputs.map((x, i) => {
        const rows = [0, 1, 2].flatMap((row) =>
          Array.from(x.data, (value) => value + row * (i + 1)),
        );
        return NDArray.of(Float64Array.from(rows), [3, ...x.shape], x.dtype);
      });
      const f = (...x: readonly Tensor[]): Tensor => replay(program, x[0]!.graph, x)[0]!;
      const [together, apart] = batchedAndLooped(
        f,
        stacks,
        stacks.map(() => true),
      );
      expect(plain([together])).toEqual(plain([apart]));
    },
  );
});
