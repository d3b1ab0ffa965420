import type { Tensor } from "../tensor.ts";
import { moveAxis } from "./gather.ts";
import type { Ops } from "./registry.ts";

/**
 * A stack of convolutions as one. Images alone: the stack joins the batch. Filters too: the stack
 * becomes groups. `second` says whether the second operand is a filter `[out, in, …]` or an output
 * `[batch, out, …]`.
 */
export function convBatch(
  ops: Ops,
  first: Tensor,
  other: Tensor,
  [firstBatched, otherBatched]: readonly boolean[],
  size: number,
  groups: number,
  second: "filter" | "output",
  apply: (first: Tensor, other: Tensor, groups: number) => Tensor,
): Tensor {
  const wide = (x: Tensor, batched: boolean | undefined) =>
    batched
      ? x
      : ops.broadcastTo(ops.reshape(x, { shape: [1, ...x.shape] }), { shape: [size, ...x.shape] });
  const merge = (x: Tensor, axis: number) =>
    ops.reshape(x, {
      shape: [...x.shape.slice(0, axis), size * x.shape[axis + 1]!, ...x.shape.slice(axis + 2)],
    });
  if (second === "filter" && firstBatched && !otherBatched) {
    const joined = apply(merge(first, 0), other, groups);
    return ops.reshape(joined, {
      shape: [size, joined.shape[0]! / size, ...joined.shape.slice(1)],
    });
  }
  // Channels side by side, one group for each member of the stack.
  const channels = (x: Tensor) => merge(moveAxis(ops, x, 0, 1), 1);
  const a = channels(wide(first, firstBatched));
  const b =
    second === "filter" ? merge(wide(other, otherBatched), 0) : channels(wide(other, otherBatched));
  const joined = apply(a, b, groups * size);
  const at = second === "filter" ? 1 : 0;
  const apart = ops.reshape(joined, {
    shape: [
      ...joined.shape.slice(0, at),
      size,
      joined.shape[at]! / size,
      ...joined.shape.slice(at + 1),
    ],
  });
  return moveAxis(ops, apart, at, 0);
}
