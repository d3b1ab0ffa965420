import { grad, hvp, inner, jvp, vjp } from "../../autodiff/grad.ts";
import { vmap } from "../../autodiff/vmap.ts";
import { compileKernel } from "../../runtime/js/compile.ts";
import { allocate, type DType, isFloat } from "../dtype.ts";
import { currentGraph, primitiveOf } from "../graph.ts";
import { NDArray } from "../ndarray.ts";
import { finish, record } from "../program.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { interpret, sampleArray } from "../testing.ts";
import type { Attrs } from "./primitive.ts";
import type { OpName } from "./registry.ts";

/** One operand of a sample node: its shape, and where its elements are drawn from. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype?: DType;
  /** Limits of the draws; [−2, 2] unless said. */
  readonly range?: readonly [number, number];
  /** These elements instead of draws. */
  readonly data?: readonly number[];
}

/** A node to check a primitive on. */
export interface Sample {
  readonly inputs: readonly Operand[];
  readonly attrs?: Attrs;
  /** The operands to differentiate; all floats unless said. */
  readonly wrt?: readonly number[];
}

/** Concrete operands of a sample; those that `stacked` marks have a leading axis of `size` entries. */
export const operandsOf = (
  sample: Sample,
  next: () => number,
  stacked: readonly boolean[] = [],
  size = 3,
): NDArray[] =>
  sample.inputs.map(({ shape, dtype = "f64", range, data }, i) => {
    const full = stacked[i] ? [size, ...shape] : shape;
    if (data === undefined) return sampleArray(next, full, dtype, range);
    // Entries of given data differ by a rotation.
    const rows = Array.from({ length: stacked[i] ? size : 1 }, (_, row) =>
      data.map((_, j) => data[(j + row) % data.length]!),
    );
    return NDArray.of(Float64Array.from(rows.flat()), full, dtype);
  });

/** Traces a function of arrays, compiles it to JavaScript, and calls it. */
export function evaluate(
  f: (...inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly NDArray[],
): NDArray[] {
  const program = finish(record(inputs, f));
  const outputs = program.outputs.map(
    ({ shape, dtype, size }) => new NDArray(allocate(dtype, size), shape, dtype),
  );
  compileKernel(program)(...inputs.map(({ data }) => data), ...outputs.map(({ data }) => data));
  return outputs;
}

/** A primitive applied to tensors, recorded as such. */
export const applied =
  (op: OpName, attrs: Attrs = {}) =>
  (...inputs: readonly Tensor[]): Tensor =>
    currentGraph(op).record(op, inputs, attrs);

/** The same by definition, one element at a time. */
export function expected(op: OpName, inputs: readonly NDArray[], attrs: Attrs = {}): NDArray {
  const { shape, dtype } = primitiveOf(op);
  return interpret(op, inputs, attrs, {
    shape: shape(inputs, attrs),
    dtype: dtype?.(inputs, attrs) ?? inputs[0]!.dtype,
  });
}

/** The largest |a − b| / max(1, |b|); infinite where one alone is not finite or the sizes differ. */
export function distance(a: NDArray, b: NDArray): number {
  if (a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  let worst = 0;
  a.data.forEach((value, i) => {
    const other = b.data[i]!;
    if (Object.is(value, other) || value === other) return;
    const error = Math.abs(value - other) / Math.max(1, Math.abs(other));
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  });
  return worst;
}

/** A scalar as the array that programs take. */
const scalar = (value: number): NDArray => new NDArray(new Float64Array([value]), [], "f64");

/** The operands that have a derivative, which is with respect to all of them at once. */
export const floatsOf = (inputs: readonly NDArray[]): number[] =>
  inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));

/** f with its float operands as one list, the others held. */
const ofFloats =
  (
    f: (...inputs: readonly Tensor[]) => Tensor,
    all: readonly Tensor[],
    floats: readonly number[],
  ) =>
  (list: readonly Tensor[]): Tensor =>
    f(...all.map((x, i) => (floats.includes(i) ? list[floats.indexOf(i)]! : x)));

/** What derivatives and differences say of f at a point; pairs should be equal. */
export interface Derivatives {
  /** ⟨vjp(u), v⟩. */
  readonly backward: number;
  /** ⟨u, jvp(v)⟩. */
  readonly forward: number;
  /** (⟨u, f(x + hv)⟩ − ⟨u, f(x − hv)⟩) / 2h. */
  readonly difference: number;
  /** ⟨w, ∇²φ(x)·v⟩, with φ(x) = Σ u·f(x) + f(x)²/2. */
  readonly second: number;
  /** (⟨w, ∇φ(x + hv)⟩ − ⟨w, ∇φ(x − hv)⟩) / 2h. */
  readonly secondDifference: number;
}

/** Central differences are good to about (machine precision)^(2/3). */
const stepSize = 1e-5;

export function derivativesOf(
  f: (...inputs: readonly Tensor[]) => Tensor,
  inputs: readonly NDArray[],
  next: () => number,
  floats: readonly number[] = floatsOf(inputs),
): Derivatives {
  const [shape] = evaluate((...x) => [f(...x)], inputs).map((y) => y.shape);
  const direction = floats.map((i) => sampleArray(next, inputs[i]!.shape));
  const other = floats.map((i) => sampleArray(next, inputs[i]!.shape));
  const weights = sampleArray(next, shape!);
  const count = floats.length;
  const results = evaluate(
    (...args) => {
      const x = args.slice(0, inputs.length);
      const v = args.slice(inputs.length, inputs.length + count);
      const w = args.slice(inputs.length + count, inputs.length + 2 * count);
      const [u, step] = args.slice(-2) as [Tensor, Tensor]; // the last two given below
      const variables = floats.map((i) => x[i]!);
      const g = ofFloats(f, x, floats);
      const phi = (list: readonly Tensor[]): Tensor => {
        const y = g(list);
        return y.mul(u).add(y.mul(y).mul(0.5)).sum();
      };
      const moved = (sign: number): Tensor[] =>
        variables.map((variable, i) => variable.add(v[i]!.mul(step).mul(sign)));
      const slope = (list: readonly Tensor[]): Tensor => inner(grad(phi)(list), w);
      return [
        inner(vjp(g, variables).pull(u), v),
        inner([u], [jvp(g, variables, v).tangent]),
        inner([u], [g(moved(1)).sub(g(moved(-1)))]).div(step.mul(2)),
        inner(hvp(phi, variables, v), w),
        slope(moved(1))
          .sub(slope(moved(-1)))
          .div(step.mul(2)),
      ];
    },
    [...inputs, ...direction, ...other, weights, scalar(stepSize)],
  );
  const [backward, forward, difference, second, secondDifference] = results.map((y) => y.item());
  return {
    backward: backward!,
    forward: forward!,
    difference: difference!,
    second: second!,
    secondDifference: secondDifference!,
  };
}

/** vmap of f over the operands that `batched` marks, and f applied to each entry by itself. */
export function batchedAndLooped(
  f: (...inputs: readonly Tensor[]) => Tensor,
  inputs: readonly NDArray[],
  batched: readonly boolean[],
): readonly [NDArray, NDArray] {
  const size = inputs[batched.indexOf(true)]!.shape[0]!;
  const [together] = evaluate((...x) => {
    const stacks = x.filter((_, i) => batched[i]);
    const run = vmap((...entries: readonly Tensor[]) => {
      let at = 0;
      return f(...x.map((held, i) => (batched[i] ? entries[at++]! : held)));
    });
    return [run(...stacks)];
  }, inputs);
  const rows = Array.from({ length: size }, (_, row) => {
    const own = inputs.map((x, i) => (batched[i] ? entryOf(x, row) : x));
    return evaluate((...x) => [f(...x)], own)[0]!;
  });
  const data = allocate(rows[0]!.dtype, rows.length * rows[0]!.size);
  rows.forEach((row, i) => {
    data.set(row.data, i * row.size);
  });
  return [together!, new NDArray(data, [size, ...rows[0]!.shape], rows[0]!.dtype)];
}

function entryOf(x: NDArray, row: number): NDArray {
  const shape = x.shape.slice(1);
  const size = x.size / x.shape[0]!;
  return new NDArray(x.data.slice(row * size, (row + 1) * size), shape, x.dtype);
}
