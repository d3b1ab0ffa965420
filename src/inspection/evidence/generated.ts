import { NDArray } from "../../array/ndarray.ts";
import { foldIn, type Key, keyData } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Evidence } from "../../diagnosis/advice/evidence.ts";
import { evaluateTree } from "../../training/values.ts";
import type { Located } from "../point.ts";
import type { FeatureRows } from "./dataFacts.ts";

/** Which of a row's nearest others sets how near is near. */
const neighbour = 5;

/** As many rows as there are real ones, made by a generator at a point. */
export function generatedRows(
  generate: (params: never, key: Key, rows: number) => Tensor,
  { params, dtype, seed }: Located,
  { rows }: FeatureRows,
): FeatureRows {
  const key = { arrays: [keyData(seed)], paths: [""], structure: { kind: "leaf" as const } };
  const made = evaluateTree(
    // The params are the tree that the problem itself made.
    (tree, root) => generate(tree as never, foldIn(root as Key, 0), rows),
    [params, key],
    dtype,
    "generate",
  );
  const array = NDArray.of(made.arrays[0]!);
  return { values: array.data, rows: array.shape[0]!, width: array.size / array.shape[0]! };
}

/**
 * Coverage, the share of real rows with a generated one nearer than their fifth nearest real one, and fidelity, the share of
 * generated rows that lie so near to some real one.
 *
 * @see Naeem et al. (2020), Reliable fidelity and diversity metrics for generative models, eq. (4) (coverage); Kynkäänniemi et
 *   al. (2019), Improved precision and recall metric, eq. (1) (fidelity)
 */
export function samplesOf(real: FeatureRows, made: FeatureRows): Evidence["samples"] {
  const reach = Float64Array.from({ length: real.rows }, (_, row) => {
    const own = Array.from({ length: real.rows }, (_, other) =>
      other === row ? Number.POSITIVE_INFINITY : squareBetween(real, row, real, other),
    ).sort((a, b) => a - b);
    return own[Math.min(neighbour, own.length) - 1]!;
  });
  let covered = 0;
  const near = new Uint8Array(made.rows);
  for (let row = 0; row < real.rows; row++) {
    let found = false;
    for (let other = 0; other < made.rows; other++) {
      if (squareBetween(real, row, made, other) > reach[row]!) continue;
      found = true;
      near[other] = 1;
    }
    if (found) covered++;
  }
  return {
    coverage: covered / real.rows,
    fidelity: near.reduce((sum, one) => sum + one, 0) / made.rows,
  };
}

function squareBetween(a: FeatureRows, i: number, b: FeatureRows, j: number): number {
  let sum = 0;
  for (let k = 0; k < a.width; k++)
    sum += (a.values[i * a.width + k]! - b.values[j * b.width + k]!) ** 2;
  return sum;
}
