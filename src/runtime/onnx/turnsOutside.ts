import { allocate, type TypedArray } from "../../array/dtype.ts";
import type { Program } from "../../array/program.ts";
import type { EngineOptions, LoopLayout } from "../engine.ts";
import { emitProgram } from "./emit.ts";
import { overwritable } from "./inPlace.ts";
import type { Turns } from "./loop.ts";
import { openSession } from "./session.ts";

/**
 * A call for each turn, which writes its results where they are wanted: for values so large that every
 * copy of them counts. From the second turn on, a value whose old elements are needed no longer when
 * its new ones are written (moments of a rule) is overwritten; others (weights, which the backward pass
 * reads late) go to and fro between the results and one more array each, made when first needed.
 */
export async function turnsOutside(
  program: Program,
  layout: LoopLayout,
  block: number | undefined,
  options: EngineOptions,
): Promise<Turns> {
  const emitted = emitProgram(program, block);
  const { graph, inputs, outputs } = emitted;
  const inPlace = Array.from({ length: layout.carried }, (_, i) =>
    overwritable(graph, inputs[i]!.name, outputs[i]!.name),
  );
  const session = await openSession(emitted, options, { plan: false });
  let others: readonly (TypedArray | undefined)[] | undefined;
  return {
    run: async (turns, { carried, fixed, each }, results, reports) => {
      if (turns > 1)
        others ??= inPlace.map((stays, i) => {
          const { dtype, size } = program.outputs[i]!;
          return stays ? undefined : allocate(dtype, size);
        });
      const part = (values: TypedArray, turn: number): TypedArray => {
        const size = values.length / turns;
        return values.subarray(turn * size, (turn + 1) * size);
      };
      let now = carried;
      for (let turn = 0; turn < turns; turn++) {
        // The last turn ends in `results`, so the one before it does not, and so on.
        const odd = (turns - 1 - turn) % 2 === 1;
        const next = results.map((array, i) => (odd ? (others?.[i] ?? array) : array));
        const own = each.map((values) => part(values, turn));
        const told = reports.map((values) => part(values, turn));
        await session.run(inputs, [...now, ...fixed, ...own], outputs, [...next, ...told]);
        now = next;
      }
    },
    dispose: async () => {
      others = undefined;
      await session.dispose();
    },
  };
}
