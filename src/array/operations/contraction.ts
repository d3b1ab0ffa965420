import { NadirError } from "../../base/errors.ts";
import { isFloat } from "../dtype.ts";
import { broadcastShapes, formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { asFloat, graphOf, lift, type Operand, stretch } from "./operand.ts";
import { reshape, transpose } from "./shaping.ts";

function pair(operation: string, a: Operand, b: Operand): readonly [Tensor, Tensor] {
  const graph = graphOf(operation, a, b);
  const known = [a, b].find(
    (value) => typeof value === "object" && "dtype" in value && isFloat(value.dtype),
  );
  const dtype =
    known !== undefined && typeof known === "object" && "dtype" in known ? known.dtype : undefined;
  const [left, right] = [asFloat(lift(a, graph, dtype)), asFloat(lift(b, graph, dtype))];
  if (left.dtype !== right.dtype) {
    throw new NadirError(
      `${operation}/dtype`,
      `${operation}: cannot multiply ${left.dtype} by ${right.dtype}`,
      {
        expected: "one float dtype",
        hint: `convert one of them, as in x.cast("${left.dtype}")`,
      },
    );
  }
  return [left, right];
}

/**
 * Matrix product by NumPy's rule: the last two axes are matrices, those before broadcast; a vector on
 * the left is a row, on the right a column, and its axis is dropped.
 *
 * @throws NadirError `matmul/shape` unless the inner lengths are equal
 */
export function matmul(a: Operand, b: Operand): Tensor {
  const [left, right] = pair("matmul", a, b);
  const [p, q] = [left.shape, right.shape];
  const inner = [p[p.length - 1], q.length === 1 ? q[0] : q[q.length - 2]];
  if (p.length === 0 || q.length === 0 || inner[0] !== inner[1]) {
    const axis = q.length === 1 ? "only axis" : q.length === 2 ? "first" : "second-last";
    const flips = q.length >= 2 && p[p.length - 1] === q[q.length - 1];
    throw new NadirError(
      "matmul/shape",
      `matmul: cannot multiply ${formatShape(p)} by ${formatShape(q)}`,
      {
        expected:
          p.length === 0 || q.length === 0
            ? "two arrays with at least one axis each"
            : `the left array's last axis (${inner[0]}) to equal the right array's ${axis} (${inner[1]})`,
        hint:
          p.length === 0 || q.length === 0
            ? "multiply by a scalar with mul"
            : flips
              ? "matmul(x, transpose(w))"
              : undefined,
      },
    );
  }
  if (q.length <= 2) {
    // The right matrix is one for all rows: no batch.
    return contract(left, right, [p.length - 1], [q.length === 1 ? 0 : q.length - 2]);
  }
  const row = p.length === 1;
  const rows = row ? reshape(left, [1, ...p]) : left;
  const batch = broadcastShapes("matmul", rows.shape.slice(0, -2), q.slice(0, -2));
  const wideLeft = stretch(rows, [...batch, ...rows.shape.slice(-2)]);
  const wideRight = stretch(right, [...batch, ...q.slice(-2)]);
  const axes = batch.map((_, i) => i);
  const rank = batch.length;
  const product = left.graph.record("dot", [wideLeft, wideRight], {
    lhsContract: [rank + 1],
    rhsContract: [rank],
    lhsBatch: axes,
    rhsBatch: axes,
  });
  return row ? reshape(product, [...batch, q[q.length - 1]!]) : product;
}

function contract(
  left: Tensor,
  right: Tensor,
  lhsContract: readonly number[],
  rhsContract: readonly number[],
): Tensor {
  return left.graph.record("dot", [left, right], {
    lhsContract,
    rhsContract,
    lhsBatch: [],
    rhsBatch: [],
  });
}

/** NumPy's `dot`: Σ aᵢbᵢ of two vectors; for more axes the matrix product. @throws NadirError `dot/shape` for vectors of other lengths */
export function dot(a: Operand, b: Operand): Tensor {
  const [left, right] = pair("dot", a, b);
  if (left.shape.length !== 1 || right.shape.length !== 1) return matmul(left, right);
  if (left.shape[0] !== right.shape[0]) {
    throw new NadirError(
      "dot/shape",
      `dot: vectors of length ${left.shape[0]} and ${right.shape[0]}`,
      { expected: "equal lengths" },
    );
  }
  return contract(left, right, [0], [0]);
}

/** Products aᵢbⱼ of two vectors: `[m]` and `[n]` give `[m, n]`. */
export function outer(a: Operand, b: Operand): Tensor {
  const [left, right] = pair("outer", a, b);
  return contract(reshape(left, [left.size]), reshape(right, [right.size]), [], []);
}

/**
 * Einstein summation of one or two operands: `einsum("bij,bjk->bik", a, b)`. A letter names an axis;
 * letters missing on the right are summed over. Repeated letters within one operand are refused.
 *
 * @throws NadirError `einsum/spec` if the letters do not fit the operands
 */
export function einsum(spec: string, ...operands: readonly Operand[]): Tensor {
  const match = /^([a-zA-Z]*)(?:,([a-zA-Z]*))?->([a-zA-Z]*)$/.exec(spec.replaceAll(" ", ""));
  const terms = match === null ? [] : match[2] === undefined ? [match[1]!] : [match[1]!, match[2]];
  const fail = (problem: string): NadirError =>
    new NadirError("einsum/spec", `einsum: "${spec}" ${problem}`, {
      expected: 'letters for each axis of one or two operands and the result, as in "bij,bjk->bik"',
    });
  if (match === null || terms.length !== operands.length)
    throw fail(`does not describe ${operands.length} operand(s)`);
  const values =
    operands.length === 2
      ? pair("einsum", operands[0]!, operands[1]!)
      : [lift(operands[0]!, graphOf("einsum", ...operands))];
  const lengths = new Map<string, number>();
  terms.forEach((term, t) => {
    const { shape } = values[t]!;
    if (term.length !== shape.length)
      throw fail(`names ${term.length} axes of an operand of shape ${formatShape(shape)}`);
    if (new Set(term).size !== term.length) throw fail(`repeats a letter in "${term}"`);
    for (const [axis, letter] of [...term].entries()) {
      const known = lengths.get(letter);
      if (known !== undefined && known !== shape[axis])
        throw fail(`gives axis ${letter} the lengths ${known} and ${shape[axis]}`);
      lengths.set(letter, shape[axis]!);
    }
  });
  const result = match[3]!;
  if (new Set(result).size !== result.length || [...result].some((letter) => !lengths.has(letter)))
    throw fail("has a result with unknown or repeated letters");
  // Letters of one operand alone that the result drops are summed first.
  const summed = values.map((value, t) => {
    const others = terms.filter((_, other) => other !== t).join("") + result;
    const axes = [...terms[t]!].flatMap((letter, axis) => (others.includes(letter) ? [] : [axis]));
    const letters = [...terms[t]!].filter((_, axis) => !axes.includes(axis)).join("");
    return {
      letters,
      value: axes.length === 0 ? value : value.graph.record("reduceSum", [value], { axes }),
    };
  });
  const [left, right] = summed;
  let letters = left!.letters;
  let product = left!.value;
  if (right !== undefined) {
    const shared = [...left!.letters].filter((letter) => right.letters.includes(letter));
    const batch = shared.filter((letter) => result.includes(letter));
    const inner = shared.filter((letter) => !result.includes(letter));
    const axes = (term: string, picked: readonly string[]) =>
      picked.map((letter) => term.indexOf(letter));
    product = left!.value.graph.record("dot", [left!.value, right.value], {
      lhsContract: axes(left!.letters, inner),
      rhsContract: axes(right.letters, inner),
      lhsBatch: axes(left!.letters, batch),
      rhsBatch: axes(right.letters, batch),
    });
    const free = (term: string) => [...term].filter((letter) => !shared.includes(letter));
    letters = [...batch, ...free(left!.letters), ...free(right.letters)].join("");
  }
  return transpose(
    product,
    [...result].map((letter) => letters.indexOf(letter)),
  );
}
