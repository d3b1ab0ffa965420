import { sameShapes } from "../array/shape.ts";
import { splat } from "../array/simplify.ts";
import type { Tensor } from "../array/tensor.ts";

/** What a value is a rearrangement or repetition of. */
function origin(node: Tensor): Tensor {
  let at = node;
  while (at.op === "reshape" || at.op === "broadcastTo") at = at.inputs[0]!;
  return at;
}

const unshaped = (node: Tensor): Tensor => {
  let at = node;
  while (at.op === "reshape") at = at.inputs[0]!;
  return at;
};

/**
 * x, if the sum a + b is log Σ exp(x − s) + s for some s that does not vary along the summed axes: then
 * it is log Σ exp x whatever s is, and the shift against overflow drops out.
 */
export function shiftedLogSumExp(a: Tensor, b: Tensor): Tensor | undefined {
  const logarithm = unshaped(a);
  if (logarithm.op !== "log") return undefined;
  const sum = unshaped(logarithm.inputs[0]!);
  if (sum.op !== "reduceSum") return undefined;
  const power = sum.inputs[0]!;
  if (power.op !== "exp" || power.inputs[0]!.op !== "sub") return undefined;
  const [x, shift] = power.inputs[0]!.inputs;
  const axes = sum.attrs["axes"] as readonly number[]; // reduceSum's own attribute
  // The shift must be one number for each sum, in the sums' order.
  const repeated = shift!.op === "broadcastTo" ? shift!.inputs[0]! : shift!;
  const kept = x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const lead = new Array<number>(Math.max(0, kept.length - repeated.shape.length)).fill(1);
  if (!sameShapes([...lead, ...repeated.shape], kept)) return undefined;
  const added = b.op === "broadcastTo" ? undefined : unshaped(b);
  return added !== undefined && origin(repeated) === origin(added) && added.size === repeated.size
    ? x
    : undefined;
}

/** r, if a · b is Huber's function of r: c·(r − c/2) with c = r cut to [−δ, δ]. */
export function huberOf(a: Tensor, b: Tensor): Tensor | undefined {
  const r = cutOf(a);
  if (r === undefined || b.op !== "sub" || b.inputs[0] !== r) return undefined;
  const half = b.inputs[1]!;
  return half.op === "mul" && half.inputs[0] === a && splat(half.inputs[1]) === 0.5 ? r : undefined;
}

/** r, if a value is r cut to an interval that is symmetric about 0. */
function cutOf(node: Tensor): Tensor | undefined {
  const outer = node.op === "minimum" || node.op === "maximum" ? node : undefined;
  const inner = outer?.inputs.find(
    ({ op }) => op === (outer.op === "minimum" ? "maximum" : "minimum"),
  );
  const bound = (of: Tensor | undefined): number | undefined =>
    of?.inputs.map((input) => splat(input)).find((value) => value !== undefined);
  const [one, other] = [bound(outer), bound(inner)];
  if (one === undefined || other !== -one || (outer?.op === "minimum") !== one > 0)
    return undefined;
  return inner?.inputs.find((input) => splat(input) === undefined);
}

/** Whether a contraction of a value with itself adds up squares: each element meets itself alone. */
export function isSumOfOwnSquares({ inputs, attrs }: Tensor): boolean {
  const [a, b] = inputs;
  const list = (name: string): readonly number[] => attrs[name] as readonly number[]; // dot's own attributes
  const same = (left: readonly number[], right: readonly number[]): boolean =>
    left.length === right.length && left.every((axis, i) => axis === right[i]);
  return (
    a === b &&
    same(list("lhsContract"), list("rhsContract")) &&
    same(list("lhsBatch"), list("rhsBatch")) &&
    list("lhsContract").length + list("lhsBatch").length === a!.shape.length
  );
}
