import { describe, expect, test } from "vitest";
import type { DType } from "../../array/dtype.ts";
import { primitiveNames } from "../../array/graph.ts";
import { NDArray } from "../../array/ndarray.ts";
import type { OpName } from "../../array/primitives/registry.ts";
import { samples } from "../../array/primitives/samples/testing.ts";
import { applied, operandsOf, type Sample } from "../../array/primitives/testing.ts";
import type { Program } from "../../array/program.ts";
import { randomFrom } from "../../array/testing.ts";
import { NadirError } from "../../base/errors.ts";
import { emitProgram } from "./emit.ts";
import { onnxEngine } from "./engine.ts";
import { openSession } from "./session.ts";
import { refuse } from "./support.ts";
import { programOf } from "./testing.ts";

/** A sample with all its float operands of another dtype; undefined if the primitive itself refuses that. */
function retyped(op: OpName, sample: Sample, dtype: DType): Program | undefined {
  const inputs = operandsOf(sample, randomFrom(1)).map((x) =>
    x.dtype === "f64" ? NDArray.of(x, x.shape, dtype) : x,
  );
  try {
    return programOf((...x) => [applied(op, sample.attrs)(...x)], inputs);
  } catch (error) {
    if (error instanceof NadirError) return undefined;
    throw error;
  }
}

describe.for(["f32", "f64", "i32", "bool"] as const)("%s", (dtype) => {
  test.for(primitiveNames.filter((op) => samples[op].length > 0))(
    "%s is refused just where ONNX Runtime lacks an operator, which is named",
    async (op) => {
      // The samples of one primitive differ in shapes, and in what is emitted: one each is enough.
      const seen = new Set<string>();
      for (const sample of samples[op]) {
        const program = retyped(op, sample, dtype);
        if (program === undefined) continue;
        const refusal = refuse(program);
        const kind = `${refusal} ${program.nodes.map((node) => node.op + node.dtype)}`;
        if (seen.has(kind)) continue;
        seen.add(kind);
        const session = await openSession(emitProgram(program), {}).catch((error: Error) => error);
        if (session instanceof Error) {
          const [, operator] = /operator (\w+)/.exec(refusal ?? "not refused") ?? [];
          expect(session.message).toMatch(`${operator}`);
          await expect(onnxEngine.compile(program)).rejects.toThrow(`${operator} (for ${op})`);
        } else {
          await session.dispose();
          expect(refusal).toBeUndefined();
        }
      }
    },
  );
});
