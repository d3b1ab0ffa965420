import { allocate, type DType, type TypedArray } from "../../array/dtype.ts";
import { type Program, programKey } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { internal } from "../../base/errors.ts";
import type { EngineOptions, LoopLayout } from "../engine.ts";
import { emitProgram } from "./emit.ts";
import type { Turns } from "./loop.ts";
import { openSession, type Session } from "./session.ts";
import { type Cut, cutTurn, type Made, type Update } from "./turnParts.ts";

// Pieces stay in a processor's cache while an update goes over them several times. Carried values of fewer
// elements than the least go to and fro.
const usualCut: Cut = { least: 2 ** 14, length: 2 ** 18 };

/**
 * Turns of several calls each, for values so large that every copy of them counts. Large carried values are
 * updated one after another, piece by piece and in place: beside two sets of them, the one given and the
 * one filled, one gradient is held, and once more while ONNX Runtime hands it over. What is small, or is
 * not updated elementwise, goes to and fro between the results and one more array each.
 */
export async function turnsOutside(
  program: Program,
  layout: LoopLayout,
  block: number | undefined,
  options: EngineOptions,
  cut: Cut = usualCut,
): Promise<Turns> {
  const { first, updates } = cutTurn(program, layout, cut);
  const parts = new Parts(block, options);
  // Turns that report nothing may have no first part.
  const begin = first.outputs.length === 0 ? undefined : await parts.open(first);
  const steps: Step[] = [];
  for (const update of updates) {
    const made: Step["made"][number][] = [];
    for (const each of update.made) made.push({ ...each, run: await parts.open(each.program) });
    steps.push({ ...update, made, run: await parts.open(update.piece) });
  }
  const inPlace = new Set(updates.flatMap(({ carried }) => carried));
  const scratch = new Scratch();
  let others: readonly (TypedArray | undefined)[] | undefined;

  /** One turn, from its inputs to its outputs. */
  const turn = async (given: readonly TypedArray[], ends: readonly TypedArray[]): Promise<void> => {
    const handed = first.outputs.map((value, i) => {
      const place = program.outputs.indexOf(value);
      return place < 0 ? scratch.get(`handed ${i}`, value.dtype, value.size) : ends[place]!;
    });
    await begin?.(given, handed);
    const values = new Map<Tensor, TypedArray>();
    for (const [i, value] of first.outputs.entries()) values.set(value, handed[i]!);
    program.outputs.forEach((output, i) => {
      const found = inPlace.has(i) ? undefined : values.get(output);
      if (found !== undefined && found !== ends[i]) ends[i]!.set(found);
    });
    for (const [i, input] of program.inputs.entries()) values.set(input, given[i]!);
    for (const step of steps) await update(step, values, ends, scratch);
  };

  return {
    run: async (turns, { carried, fixed, each }, results, reports) => {
      if (turns > 1)
        others ??= results.map(({ length }, i) =>
          inPlace.has(i) ? undefined : allocate(program.outputs[i]!.dtype, length),
        );
      const part = (values: TypedArray, turn: number): TypedArray => {
        const size = values.length / turns;
        return values.subarray(turn * size, (turn + 1) * size);
      };
      let now = carried;
      for (let k = 0; k < turns; k++) {
        // The last turn ends in `results`, so the one before it does not, and so on.
        const odd = (turns - 1 - k) % 2 === 1;
        const next = results.map((array, i) => (odd ? (others?.[i] ?? array) : array));
        await turn(
          [...now, ...fixed, ...each.map((values) => part(values, k))],
          [...next, ...reports.map((values) => part(values, k))],
        );
        now = next;
      }
    },
    dispose: async () => {
      others = undefined;
      scratch.clear();
      await parts.dispose();
    },
  };
}

/** An update whose programs are compiled. */
interface Step extends Update {
  readonly made: readonly (Made & { readonly run: Run })[];
  readonly run: Run;
}

/** Makes what an update reads, then computes the new elements piece by piece, each put in its place once it is computed. */
async function update(
  { made, inputs, piece, carried, size, length, run }: Step,
  values: Map<Tensor, TypedArray>,
  ends: readonly TypedArray[],
  scratch: Scratch,
): Promise<void> {
  const arrayOf = (node: Tensor): TypedArray => {
    const found = values.get(node);
    if (found === undefined) throw internal(`a turn without the ${node.op} that it has computed`);
    return found;
  };
  for (const [k, each] of made.entries()) {
    const array = scratch.get(`made ${k}`, each.value.dtype, each.value.size);
    await each.run(each.inputs.map(arrayOf), [array]);
    values.set(each.value, array);
  }
  const results = piece.outputs.map(({ dtype }, k) => scratch.get(`new ${k}`, dtype, length));
  for (let from = 0; from < size; from += length) {
    const count = Math.min(length, size - from);
    const given = inputs.map((input, k) => {
      const whole = arrayOf(input);
      if (input.size === 1) return whole;
      const elements = whole.subarray(from, from + count);
      if (count === length) return elements;
      // The last piece is shorter: what is computed of the rest is dropped.
      const filled = scratch.get(`old ${k}`, input.dtype, length).fill(0);
      filled.set(elements);
      return filled;
    });
    await run(given, results);
    for (const [k, i] of carried.entries()) ends[i]!.set(results[k]!.subarray(0, count), from);
  }
}

/** Runs a part of a turn. */
type Run = (given: readonly TypedArray[], filled: readonly TypedArray[]) => Promise<void>;

/** The sessions of parts; those that are alike share one. */
class Parts {
  readonly #block: number | undefined;
  readonly #options: EngineOptions;
  readonly #sessions = new Map<string, { readonly session: Session; readonly run: Run }>();

  constructor(block: number | undefined, options: EngineOptions) {
    this.#block = block;
    this.#options = options;
  }

  async open(program: Program): Promise<Run> {
    const key = programKey(program);
    const known = this.#sessions.get(key);
    if (known !== undefined) return known.run;
    const emitted = emitProgram(program, this.#block);
    const session = await openSession(emitted, this.#options, { plan: false, spare: true });
    const run: Run = (given, filled) => session.run(emitted.inputs, given, emitted.outputs, filled);
    this.#sessions.set(key, { session, run });
    return run;
  }

  async dispose(): Promise<void> {
    for (const { session } of this.#sessions.values()) await session.dispose();
    this.#sessions.clear();
  }
}

/** Arrays to work in, by use: each as long as the longest that was asked for. */
class Scratch {
  readonly #arrays = new Map<string, TypedArray>();

  get(use: string, dtype: DType, size: number): TypedArray {
    const name = `${use} ${dtype}`;
    let array = this.#arrays.get(name);
    if (array === undefined || array.length < size) {
      array = allocate(dtype, size);
      this.#arrays.set(name, array);
    }
    return array.subarray(0, size);
  }

  clear(): void {
    this.#arrays.clear();
  }
}
