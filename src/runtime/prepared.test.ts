import { describe, expect, test } from "vitest";
import type { TypedArray } from "../array/dtype.ts";
import { partition } from "../array/partition.ts";
import { costOf, finish, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { hvp } from "../autodiff/grad.ts";
import { chooseEngine } from "./choose.ts";
import { compileKernel } from "./js/compile.ts";
import { jsEngine } from "./js/engine.ts";
import { PreparedExecutable } from "./prepared.ts";

const aval = { shape: [6], dtype: "f64" } as const;
const f = (x: Tensor): Tensor => x.sin().mul(x.exp()).sum().square();
/** Known: x. Unknown: the direction. */
const program = finish(record([aval, aval], (x, direction) => [hvp(f, x!, direction!)]));
const x = Float64Array.from([0.1, -0.4, 0.7, 1.2, -1.1, 0.3]);
const v = Float64Array.from([1, 0.5, -0.25, 0.125, 2, -1]);

const evaluate = (inputs: readonly TypedArray[]): Float64Array => {
  const out = new Float64Array(6);
  compileKernel(program)(...inputs, out);
  return out;
};

describe("a program cut in two", () => {
  const { prepare, complete } = partition(program, 1);

  test("computes the same in two halves as whole", () => {
    const residuals = prepare.outputs.map(({ size }) => new Float64Array(size));
    compileKernel(prepare)(x, ...residuals);
    const out = new Float64Array(6);
    compileKernel(complete)(...residuals, v, out);
    expect(out).toEqual(evaluate([x, v]));
  });

  test("leaves the transcendental functions of the known part behind", () => {
    expect(prepare.nodes.some(({ op }) => op === "sin")).toBe(true);
    expect(complete.nodes.some(({ op }) => op === "sin" || op === "exp" || op === "cos")).toBe(
      false,
    );
    expect(costOf(complete).flops).toBeLessThan(costOf(program).flops);
  });

  test("passes an output through that needs nothing unknown", () => {
    const known = finish(record([aval, aval], (a, b) => [a!.exp(), a!.mul(b!), b!, a!]));
    const parts = partition(known, 1);
    const residuals = parts.prepare.outputs.map(({ size }) => new Float64Array(size));
    compileKernel(parts.prepare)(x, ...residuals);
    const outs = [0, 1, 2, 3].map(() => new Float64Array(6));
    compileKernel(parts.complete)(...residuals, v, ...outs);
    expect(outs).toEqual([x.map(Math.exp), x.map((value, i) => value * v[i]!), v, x]);
  });
});

describe("a prepared executable", () => {
  test("answers rightly when the point changes, in place or not, and when it does not", async () => {
    const prepared = await PreparedExecutable.compile(jsEngine, program, 1);
    const point = x.slice();
    for (const change of [0, 0, 0.5, 0, -1]) {
      point[2]! += change;
      expect((await prepared.run([point], [], [v]))[0]).toEqual(evaluate([point, v]));
    }
    prepared.forget();
    expect((await prepared.run([point], [], [v]))[0]).toEqual(evaluate([point, v]));
    await prepared.dispose();
  });
});

describe("the choice of an engine", () => {
  const wide = finish(
    record([{ shape: [256, 256], dtype: "f32" }], (w) => [w!.matmul(w!).matmul(w!)]),
  );

  test("is JavaScript for a small function and ONNX Runtime for large products", async () => {
    expect((await chooseEngine("auto", program)).engine.name).toBe("js");
    const { engine, why } = await chooseEngine("auto", wide);
    expect(engine.name).toBe("onnx");
    expect(why()).toMatch(/µs an evaluation/);
  });

  test("is never another one than that named", async () => {
    expect((await chooseEngine("js", wide)).engine.name).toBe("js");
    expect((await chooseEngine("onnx", program)).engine.name).toBe("onnx");
    const noKernel = finish(record([aval], (a) => [a!.atan()]));
    await expect(chooseEngine("onnx", noKernel)).rejects.toThrow(/Atan/);
    expect((await chooseEngine("auto", noKernel)).engine.name).toBe("js");
    await expect(chooseEngine("onx" as "onnx", program)).rejects.toThrow(/did you mean "onnx"/);
  });
});
