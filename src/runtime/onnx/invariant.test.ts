import { describe, expect, test } from "vitest";
import { take } from "../../array/operations/indexing.ts";
import { foldIn, uniform } from "../../array/operations/random.ts";
import type { Aval } from "../../array/primitives/primitive.ts";
import { finish, record } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { jsEngine } from "../js/engine.ts";
import { onnxEngine } from "./engine.ts";
import { splitInvariant } from "./invariant.ts";

const f32 = (...shape: number[]): Aval => ({ shape, dtype: "f32" });
const i32 = (...shape: number[]): Aval => ({ shape, dtype: "i32" });

/** Carried: a sum and a counter; fixed: data and a key; each: rows. Waves and one key are the same in every turn. */
const program = finish(
  record(
    [f32(3), i32(), f32(6, 3), i32(2), i32(2)],
    (sum, count, data, key, rows) => {
      const waves = data!.mul(2).sin();
      const own = foldIn(foldIn(key!, 3), count!);
      const noise = uniform(own, [3], { dtype: "f32" });
      const scale = waves.max().reshape([1]).broadcastTo([3]);
      const next = sum!.add(take(waves, rows!).sum({ axis: 0 }).mul(scale)).add(noise);
      return [next, count!.add(1), next.sum(), waves.sum()];
    },
    "f32",
  ),
);
const ids = (nodes: readonly Tensor[]): number[] => nodes.map(({ id }) => id);
const layout = { carried: 2, fixed: 2 };

describe("what is the same in every turn of a loop", () => {
  test("is computed once, all but repetition and reshaping", () => {
    const { once, turn } = splitInvariant(program, (i) => i === 2 || i === 3);
    const count = (nodes: readonly { readonly op: string }[], op: string): number =>
      nodes.filter((node) => node.op === op).length;
    expect([count(once.nodes, "sin"), count(turn.nodes, "sin")]).toEqual([1, 1]); // there as an input
    expect(turn.nodes.filter(({ op }) => op === "mul")).toHaveLength(1);
    expect([count(once.nodes, "foldIn"), count(turn.nodes, "foldIn")]).toEqual([1, 2]);
    expect(once.outputs.map(({ op }) => op)).not.toContain("broadcastTo");
    expect(ids(turn.inputs.slice(5))).toEqual(ids(once.outputs));
  });

  test("changes nothing in what the loop gives", async () => {
    const carried = [new Float32Array([0.5, -1, 2]), new Int32Array([7])];
    const fixed = [
      Float32Array.from({ length: 18 }, (_, i) => Math.cos(i)),
      new Int32Array([5, 9]),
    ];
    const each = [new Int32Array([0, 3, 5, 5, 1, 2, 4, 0])];
    const results = [];
    for (const engine of [jsEngine, onnxEngine]) {
      const loop = await engine.compileLoop(program, layout);
      results.push(await loop.run(4, carried, fixed, each));
      await loop.dispose();
    }
    const [js, onnx] = results.map(({ carried: last, reports }) =>
      [...last, ...reports].flatMap((array) => Array.from(array)),
    );
    onnx!.forEach((value, i) => {
      expect(Math.abs(value - js![i]!)).toBeLessThan(1e-5);
    });
  });

  test("may be nothing at all", () => {
    const { once, turn } = splitInvariant(program, () => false);
    expect(once.outputs).toEqual([]);
    expect(ids(turn.nodes)).toEqual(ids(program.nodes));
  });
});
