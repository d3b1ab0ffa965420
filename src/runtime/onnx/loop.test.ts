import { describe, expect, test } from "vitest";
import { allocate, type TypedArray } from "../../array/dtype.ts";
import { where } from "../../array/operations/elementwise.ts";
import { take } from "../../array/operations/indexing.ts";
import { foldIn, uniform } from "../../array/operations/random.ts";
import type { Aval } from "../../array/primitives/primitive.ts";
import { finish, type Program, record } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { randomFrom, sampleArray } from "../../array/testing.ts";
import { grad } from "../../autodiff/grad.ts";
import type { LoopLayout } from "../engine.ts";
import { jsEngine } from "../js/engine.ts";
import { onnxEngine } from "./engine.ts";
import type { Turns } from "./loop.ts";
import { hashOf } from "./testing.ts";
import { turnsInside } from "./turnsInside.ts";
import { turnsOutside } from "./turnsOutside.ts";

interface LoopCase {
  readonly program: Program;
  readonly layout: LoopLayout;
  readonly avals: readonly Aval[];
}

/** A turn traced on carried, fixed and per-turn inputs. */
function loopOf(
  groups: Readonly<Record<"carried" | "fixed" | "each", readonly Aval[]>>,
  turn: (...inputs: readonly Tensor[]) => readonly Tensor[],
): LoopCase {
  const avals = [...groups.carried, ...groups.fixed, ...groups.each];
  return {
    program: finish(record(avals, turn, "f32")),
    layout: { carried: groups.carried.length, fixed: groups.fixed.length },
    avals,
  };
}

const f32 = (...shape: number[]): Aval => ({ shape, dtype: "f32" });
const i32 = (...shape: number[]): Aval => ({ shape, dtype: "i32" });
const bool = (...shape: number[]): Aval => ({ shape, dtype: "bool" });

/** Arrays to call a loop with, enough for a number of turns. */
function drawn({ layout, avals }: LoopCase, turns: number, seed = 3): TypedArray[] {
  const next = randomFrom(seed);
  return avals.map(({ shape, dtype }, i) => {
    const own = i < layout.carried + layout.fixed ? shape : [turns, ...shape];
    return sampleArray(next, own, dtype, dtype === "i32" ? [0, 4] : [-1, 1]).data;
  });
}

const parts = ({ layout: { carried, fixed } }: LoopCase, arrays: readonly TypedArray[]) =>
  [
    arrays.slice(0, carried),
    arrays.slice(carried, carried + fixed),
    arrays.slice(carried + fixed),
  ] as const;

/** Regression on picked rows with dropout, by momentum; beside it a counter, a flag and a value that stays. */
const training = loopOf(
  {
    carried: [f32(5, 3), f32(5, 3), f32(3), i32(), bool(2), f32(7)],
    fixed: [f32(20, 5), i32(2)],
    each: [i32(4), bool(2), f32()],
  },
  (w, v, b, count, flag, still, data, key, rows, toggle, scale) => {
    const batch = take(data!, rows!);
    const mask = uniform(foldIn(key!, count!), [4, 5], { dtype: "f32" }).less(0.8);
    const loss = ([weights, bias]: readonly Tensor[]): Tensor =>
      where(mask, batch, 0).matmul(weights!).add(bias!).tanh().sub(0.3).square().mean().mul(scale!);
    const [dw, db] = grad(loss)([w!, b!]) as readonly Tensor[]; // a gradient has the shape of its point
    const velocity = v!.mul(0.9).add(dw!);
    const next = w!.sub(velocity.mul(0.1));
    return [
      next,
      velocity,
      b!.sub(db!.mul(0.1)),
      count!.add(1),
      flag!.equal(toggle!),
      still!,
      loss([w!, b!]),
      velocity,
      velocity,
      rows!,
      w!,
    ];
  },
);

describe("a loop on ONNX Runtime", () => {
  test.for([0, 1, 2, 5])(
    "gives what the loop in JavaScript gives after %s turns",
    async (turns) => {
      const [carried, fixed, each] = parts(training, drawn(training, turns));
      const js = await jsEngine.compileLoop(training.program, training.layout);
      const onnx = await onnxEngine.compileLoop(training.program, training.layout);
      const expected = await js.run(turns, carried, fixed, each);
      const found = await onnx.run(turns, carried, fixed, each);
      await onnx.dispose();
      for (const kind of ["carried", "reports"] as const)
        found[kind].forEach((array, i) => {
          const wanted = expected[kind][i]!;
          expect(array.constructor).toBe(wanted.constructor);
          expect(array.length).toBe(wanted.length);
          array.forEach((value, j) => {
            expect(Math.abs(value - wanted[j]!)).toBeLessThan(1e-6);
          });
        });
    },
  );

  test("changes none of the arrays it is given, and fills those it is told to", async () => {
    const arrays = drawn(training, 3);
    const copies = arrays.map((array) => array.slice());
    const [carried, fixed, each] = parts(training, arrays);
    const loop = await onnxEngine.compileLoop(training.program, training.layout);
    const fresh = await loop.run(3, carried, fixed, each);
    const into = carried.map((array) => array.slice().fill(1));
    const filled = await loop.run(3, carried, fixed, each, into);
    await loop.dispose();
    expect(arrays).toEqual(copies);
    filled.carried.forEach((array, i) => {
      expect(array).toBe(into[i]);
    });
    expect(filled).toEqual(fresh);
    expect(fresh.carried[5]).not.toBe(carried[5]); // the value that stays is handed out as a copy
  });

  test("refuses to fill an array that it reads", async () => {
    const [carried, fixed, each] = parts(training, drawn(training, 1));
    const loop = await onnxEngine.compileLoop(training.program, training.layout);
    await expect(loop.run(1, carried, fixed, each, carried)).rejects.toThrow("result 0 of a loop");
    await loop.dispose();
  });
});

// Large enough that operations are cut into parts for several threads.
const core = loopOf(
  {
    carried: [f32(256, 192), f32(256, 192), f32(256, 192), f32(192)],
    fixed: [f32(300, 256)],
    each: [i32(128)],
  },
  (w, first, second, b, data, rows) => {
    const x = take(data!, rows!);
    const loss = ([weights, bias]: readonly Tensor[]): Tensor =>
      x.matmul(weights!).add(bias!).tanh().matmul(weights!.transpose()).sub(x).square().mean();
    const [dw, db] = grad(loss)([w!, b!]) as readonly Tensor[];
    const m = first!.mul(0.9).add(dw!.mul(0.1));
    const v = second!.mul(0.99).add(dw!.square().mul(0.01));
    const step = m.div(v.sqrt().add(1e-6)).mul(0.01);
    return [w!.sub(step), m, v, b!.mul(0.9).sub(db!), loss([w!, b!])];
  },
);

/** Opens turns whose large values are updated in pieces of this length, the last one of a value shorter. */
const inPieces =
  (length: number): typeof turnsInside =>
  (program, layout, block, options) =>
    turnsOutside(program, layout, block, options, { least: 64, length });

/** The results of some turns, in calls of the given lengths. */
async function outcome(
  open: typeof turnsInside,
  threads: number,
  calls: readonly number[],
): Promise<string> {
  const total = calls.reduce((a, b) => a + b);
  const arrays = drawn(core, total).map((array, i) => (i === 2 ? array.map(Math.abs) : array));
  const [start, fixed, [rows]] = parts(core, arrays);
  const loop: Turns = await open(core.program, core.layout, undefined, { threads });
  let carried: readonly TypedArray[] = start;
  const losses: number[] = [];
  for (const turns of calls) {
    const results = carried.map((array) => array.slice().fill(Number.NaN));
    const report = new Float32Array(turns);
    const each = [rows!.subarray(losses.length * 128, (losses.length + turns) * 128)];
    await loop.run(turns, { carried, fixed, each }, results, [report]);
    carried = results;
    losses.push(...report);
  }
  await loop.dispose();
  return hashOf([...carried, Float32Array.from(losses)].map((data) => ({ data })));
}

describe("turns give the same bits", () => {
  const reference = outcome(turnsInside, 1, [12]);

  test.for([1, 2, 3, 4])(
    "on %s threads, however they are cut into calls, inside or outside",
    async (threads) => {
      for (const open of [turnsInside, turnsOutside, inPieces(10_000)])
        for (const calls of [[12], [1, 2, 3, 1, 5], new Array<number>(12).fill(1)])
          expect(await outcome(open, threads, calls)).toBe(await reference);
    },
  );
});

/** Turns whose carried values are read late, by one another, or are not made elementwise. */
const entangled: Readonly<Record<string, LoopCase>> = {
  "each the other's next": loopOf(
    { carried: [f32(30, 9), f32(30, 9)], fixed: [], each: [] },
    (a, b) => [b!.add(1), a!.mul(2)],
  ),
  "a gradient clipped by its norm, kept, and shared": loopOf(
    { carried: [f32(40, 8), f32(40, 8), f32(40, 8)], fixed: [f32(16, 40), f32(16, 8)], each: [] },
    (w, last, other, x, y) => {
      const g = x!.transpose().matmul(x!.matmul(w!).sub(y!)).div(16);
      const clipped = g.div(g.square().sum().sqrt().add(1));
      return [w!.sub(clipped), g, other!.add(last!.mul(w!)), g.sum(), w!];
    },
  ),
  "products of themselves": loopOf(
    { carried: [f32(12, 12), f32(12, 12)], fixed: [], each: [] },
    (a, b) => [a!.matmul(b!).div(12), b!.mul(a!.transpose()).add(a!.sum({ axis: 0 }))],
  ),
  "numbers for all": loopOf(
    { carried: [f32(9, 9), f32(9, 9), i32()], fixed: [], each: [f32()] },
    (a, b, n, s) => [a!.mul(0).add(s!), where(b!.greater(a!), b!, s!.mul(2)), n!.add(1), a!.max()],
  ),
};

test.for(Object.entries(entangled))(
  "turns outside give what turns inside give: %s",
  async ([, each]) => {
    const turns = 3;
    const [carried, fixed, own] = parts(each, drawn(each, turns));
    const results: string[] = [];
    for (const open of [turnsInside, inPieces(1000), inPieces(32)]) {
      const loop = await open(each.program, each.layout, undefined, {});
      const ends = carried.map((array) => array.slice().fill(7));
      const reports = each.program.outputs
        .slice(carried.length)
        .map(({ dtype, size }) => allocate(dtype, size * turns));
      await loop.run(turns, { carried, fixed, each: own }, ends, reports);
      await loop.dispose();
      results.push(hashOf([...ends, ...reports].map((data) => ({ data }))));
    }
    expect(new Set(results).size).toBe(1);
  },
);

test("fixed arrays are read where they are, not copied", async () => {
  const rows = 2 ** 16;
  const large = loopOf(
    { carried: [f32(256)], fixed: [f32(rows, 256)], each: [i32(2)] },
    (w, data, picked) => [w!.add(take(data!, picked!).sum({ axis: 0 }))],
  );
  const loop = await onnxEngine.compileLoop(large.program, large.layout);
  const data = allocate("f32", rows * 256).fill(1); // 64 MiB
  const before = process.memoryUsage.rss();
  const each = [new Int32Array(20).fill(rows - 1)];
  const { carried } = await loop.run(10, [new Float32Array(256)], [data], each);
  const grown = process.memoryUsage.rss() - before;
  await loop.dispose();
  expect(carried[0]![255]).toBe(20);
  expect(grown).toBeLessThan(32 * 2 ** 20);
});
