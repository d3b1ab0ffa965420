import { describe, expect, test } from "vitest";
import { functionsOf, webAssembly } from "../wasm/instance.ts";
import { f64, i32, whilst } from "../wasm/instructions.ts";
import { advance, moduleWriter } from "../wasm/module.ts";
import type { CrewPlan } from "./crew.ts";
import { threads } from "./node.ts";
import { threads as web } from "./web.ts";

const blocks = 5000;
/** Rows of a block, which each take a while. */
const [rows, turns] = [4, 50];

/** `square` writes √ of each row's number squared `turns` times over to the row's place, and the thread's scratch is read on the way. */
function plan(count: number, scratchOfWorker = 64): CrewPlan {
  const module = moduleWriter();
  module.define("square", 4, (declare, task, scratch, from, to) => {
    const turn = declare("i32");
    const value = declare("f64");
    return whilst(i32.less(from.get, to.get), [
      ...value.set(f64.add(f64.fromI32(from.get), f64.load(scratch.get))),
      ...turn.set(i32.const(turns)),
      ...whilst(turn.get, [
        ...value.set(f64.sqrt(f64.mul(value.get, value.get))),
        ...advance(turn, -1),
      ]),
      ...f64.store(i32.add(task.get, i32.mul(from.get, i32.const(8))), value.get),
      ...advance(from, 1),
    ]);
  });
  const pages = 8;
  const memory = new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const compiled = new webAssembly.Module(module.bytes({ shared: true }));
  new Int32Array(memory.buffer, 128, blocks + 1).forEach((_, k, bounds) => {
    bounds[k] = rows * k;
  });
  return {
    ...{ memory, module: compiled, names: ["square"] },
    functions: functionsOf(compiled, memory),
    scratch: [0, ...Array<number>(count - 1).fill(scratchOfWorker)],
  };
}
const results = 128 + 4 * (blocks + 2);
const job = { name: "square", task: results, bounds: 128, blocks };

describe("worker threads", () => {
  test.for([1, 2, 3])("with %i of them do each block once, job after job", (count) => {
    const given = plan(count);
    const out = new Float64Array(given.memory.buffer, results, rows * blocks);
    using crew = threads.start(given);
    for (let round = 0; round < 20; round++) {
      out.fill(-1);
      crew.run(job);
      expect(out.findIndex((value, row) => value !== row)).toBe(-1);
    }
  });

  test("take part", () => {
    // The worker's scratch holds another number than the caller's: what it did can be told.
    const given = plan(2);
    new Float64Array(given.memory.buffer, 64, 1)[0] = 0.5;
    const out = new Float64Array(given.memory.buffer, results, rows * blocks);
    using crew = threads.start(given);
    let taken = 0;
    for (let round = 0; round < 1000 && taken === 0; round++) {
      crew.run(job);
      taken = out.filter((value, row) => value === row + 0.5).length;
    }
    expect(taken).toBeGreaterThan(0);
  });

  test("that fail end the job with what they said", () => {
    using crew = threads.start(plan(2, 2 ** 30)); // beyond the memory
    expect(() => {
      for (let round = 0; round < 1000; round++) crew.run(job);
    }).toThrow(
      /a worker thread failed: RuntimeError: memory access out of bounds[\s\S]*threads: 1/,
    );
  });

  test("are refused in a browser, where one is enough", () => {
    expect(web.available()).toBe(1);
    expect(() => web.start(plan(2))).toThrow(/no 2 threads here[\s\S]*threads: 1/);
    const given = plan(1);
    web.start(given).run(job);
    expect(new Float64Array(given.memory.buffer, results, 6)[5]).toBe(5);
  });
});
