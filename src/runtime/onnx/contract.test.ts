import { describe, expect, test } from "vitest";
import { primitiveNames, primitiveOf } from "../../array/graph.ts";
import { NDArray } from "../../array/ndarray.ts";
import type { OpName } from "../../array/primitives/registry.ts";
import { samples } from "../../array/primitives/samples/testing.ts";
import { applied, operandsOf, type Sample } from "../../array/primitives/testing.ts";
import { randomFrom } from "../../array/testing.ts";
import { cut } from "../../base/cut.ts";
import { refuse } from "./support.ts";
import { onBoth, programOf, relativeDistance } from "./testing.ts";

const tolerance = { f32: 1e-5, f64: 1e-12 } as const;
const seed = 20_240_501;

/** The operands of a sample, its floats in the given precision. */
function operands(sample: Sample, dtype: "f32" | "f64"): NDArray[] {
  return operandsOf(sample, randomFrom(seed)).map((x) =>
    x.dtype === "f64" ? NDArray.of(x, x.shape, dtype) : x,
  );
}

/** Attributes that name a float dtype follow the precision. */
const inPrecision = (attrs: Sample["attrs"], dtype: "f32" | "f64"): Sample["attrs"] =>
  attrs?.["dtype"] === "f64" || attrs?.["dtype"] === "f32" ? { ...attrs, dtype } : attrs;

function refused(op: OpName, sample: Sample, dtype: "f32" | "f64"): boolean {
  const f = applied(op, inPrecision(sample.attrs, dtype));
  return refuse(programOf((...own) => [f(...own)], operands(sample, dtype))) !== undefined;
}

describe.for(["f32", "f64"] as const)("in %s", (dtype) => {
  test.for(primitiveNames.filter((op) => samples[op].length > 0))(
    "%s is the same on both engines",
    async (op) => {
      const run = samples[op].filter((sample) => !refused(op, sample, dtype)); // support.test.ts
      if (run.length === 0) return;
      // All samples in one model: creating a session takes longer than running it.
      const inputs = run.map((sample) => operands(sample, dtype));
      const counts = inputs.map(({ length }) => length);
      const program = programOf(
        (...all) =>
          cut(all, counts).map((own, i) => applied(op, inPrecision(run[i]!.attrs, dtype))(...own)),
        inputs.flat(),
      );
      const [js, onnx] = await onBoth(program, inputs.flat());
      const to = primitiveOf(op).emitJs === undefined ? "largest" : "element";
      run.forEach((sample, i) => {
        const where = `${sample.inputs.map((x) => `${x.dtype ?? dtype}[${x.shape}]`)} #${i}`;
        expect(relativeDistance(onnx[i]!, js[i]!, to), where).toBeLessThan(tolerance[dtype]);
      });
    },
  );
});
