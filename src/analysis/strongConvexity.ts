import { splat } from "../array/simplify.ts";
import type { Tensor } from "../array/tensor.ts";
import { type Fact, isConcave, isConvex } from "./fact.ts";

/** A term of a sum, and the number it is multiplied by. */
interface Term {
  readonly factor: number;
  readonly node: Tensor;
}

/** The terms that a scalar is the sum of. */
function termsOf(node: Tensor, factor = 1): Term[] {
  const [a, b] = node.inputs;
  const constant = splat(b);
  switch (node.op) {
    case "add":
      return [...termsOf(a!, factor), ...termsOf(b!, factor)];
    case "sub":
      return [...termsOf(a!, factor), ...termsOf(b!, -factor)];
    case "neg":
      return termsOf(a!, -factor);
    case "reshape":
      return termsOf(a!, factor);
    case "mul":
      return constant === undefined ? [{ factor, node }] : termsOf(a!, factor * constant);
    case "div":
      return constant === undefined ? [{ factor, node }] : termsOf(a!, factor / constant);
    default:
      return [{ factor, node }];
  }
}

/** a, if a node is Σ aᵢ² over all elements of a. */
function squaredSum(node: Tensor): Tensor | undefined {
  let at = node;
  while (at.op === "reshape") at = at.inputs[0]!;
  if (at.size !== 1) return undefined;
  const square = at.op === "reduceSum" ? at.inputs[0]! : at;
  const isSquare =
    (square.op === "mul" || square.op === "dot") && square.inputs[0] === square.inputs[1];
  if (!isSquare) return undefined;
  // A contraction of a vector with itself; of a matrix, other products might be among its elements.
  if (square.op === "dot" && (square.size !== 1 || square.inputs[0]!.shape.length !== 1))
    return undefined;
  return square.inputs[0];
}

/** Whether a node is made of an input by picking and moving elements, each at most once. */
function isSelection(node: Tensor): boolean {
  let at = node;
  while (["reshape", "slice", "transpose", "reverse"].includes(at.op)) at = at.inputs[0]!;
  return at.op === "input";
}

/**
 * μ for each unknown such that f − ½Σ μᵢxᵢ² is convex still, read off the terms ½λ‖x‖² that a sum
 * holds beside convex ones; undefined if some term is not proved convex.
 *
 * @param output - a scalar function of one flat input `[size]`
 * @param of - what was proved of each node
 * @param positions - which elements of the input a selection picks
 */
export function strongConvexity(
  output: Tensor,
  size: number,
  of: (node: Tensor) => Fact,
  positions: (selection: Tensor) => ArrayLike<number>,
): Float64Array | undefined {
  const moduli = new Float64Array(size);
  for (const { factor, node } of termsOf(output)) {
    const selected = squaredSum(node);
    if (factor > 0 && selected !== undefined && isSelection(selected)) {
      const picked = positions(selected);
      for (let i = 0; i < picked.length; i++) moduli[picked[i]!]! += 2 * factor;
      continue;
    }
    const holds = factor >= 0 ? isConvex(of(node)) : isConcave(of(node));
    if (!holds) return undefined;
  }
  return moduli;
}
