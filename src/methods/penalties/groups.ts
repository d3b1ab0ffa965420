import type { Shape } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { Group, Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { leastSlope } from "./separable.ts";

/** Which coordinates a group penalty takes together, and what each group weighs. */
export interface GroupOptions {
  /**
   * Which coordinates stand together: a size cuts the block into groups of so many in a row; lists name the
   * positions, each in one list. `rows` and `columns` are those of a tensor of params of two axes or more (the
   * first axis against all others), and mean something for penalties of tensors: in `fit`, and by path in `minimize`.
   */
  readonly groups: number | readonly (readonly number[])[] | "rows" | "columns";
  /** What each group's strength is multiplied by: √size (`root-size`, the default), or a number for each group, at least 0. */
  readonly weights?: "root-size" | readonly number[];
}

/** Σ_g p(‖x_g‖) + l1·‖x‖₁. */
export interface GroupSum {
  readonly name: string;
  readonly strength: number;
  readonly options: GroupOptions;
  /** p of a group of this weight. */
  readonly profile: (weight: number) => Profile;
  /** What is added for each coordinate; above 0 only where p is linear. */
  readonly l1?: number;
  readonly again: (strength: number) => Penalty;
}

/**
 * A penalty of the norms of groups. Its prox shrinks each group as a whole: v_g ↦ v_g·prox_p(‖v_g‖)/‖v_g‖, after soft
 * thresholding each coordinate where there is an L1 part.
 *
 * @throws NadirError `penalties/groups` for a cut that is none, `penalties/weights`
 */
export function grouped(sum: GroupSum): Penalty {
  const { name, strength, options, profile, l1 = 0, again } = sum;
  if (typeof options.groups === "number") requireCount("penalties/groups", options.groups);
  const known = new Map<number, readonly Group[]>();
  const groups = (size: number): readonly Group[] => {
    const made = known.get(size) ?? groupsOf(name, size, options);
    known.set(size, made);
    return made;
  };
  const one = profile(1);
  return {
    kind: "penalty",
    name,
    strength,
    weakConvexity: one.weakConvexity,
    singleValuedBelow: one.singleValuedBelow,
    parts: { kind: "groups", groups, profile, l1 },
    value: (x) => {
      let total = 0;
      for (const { indices, weight } of groups(x.length)) {
        total += profile(weight).value(normOf(x, indices));
        if (l1 > 0) for (const i of indices) total += l1 * Math.abs(x[i]!);
      }
      return total;
    },
    derivative: (x, out = new Float64Array(x.length)) => {
      for (const { indices, weight } of groups(x.length)) {
        const norm = normOf(x, indices);
        const slope = norm === 0 ? 0 : leastSlope(profile(weight), norm) / norm;
        for (const i of indices) out[i] = slope * x[i]! + l1 * Math.sign(x[i]!);
      }
      return out;
    },
    prox: (v, step, out = new Float64Array(v.length)) => {
      for (const { indices, weight } of groups(v.length)) {
        for (const i of indices) {
          const soft = Math.max(Math.abs(v[i]!) - step * l1, 0);
          out[i] = v[i]! < 0 ? -soft : soft;
        }
        const norm = normOf(out, indices);
        const factor = norm === 0 ? 0 : profile(weight).prox(norm, step) / norm;
        for (const i of indices) out[i] = factor * out[i]!;
      }
      return out;
    },
    ...(typeof options.groups === "object" || Array.isArray(options.weights)
      ? {}
      : { traced: (v: Tensor, step: Tensor) => tracedGroups(sum, v, step) }),
    ...(typeof options.groups === "string" ? { shaped: (shape) => shapedGroups(sum, shape) } : {}),
    withStrength: again,
  };
}

/** Rows or columns of a tensor of this shape, by their positions: the first axis against all others. */
function shapedGroups(sum: GroupSum, shape: Shape): Penalty {
  const [first = 1, ...rest] = shape;
  const width = rest.reduce((product, n) => product * n, 1);
  const columns = sum.options.groups === "columns";
  const groups = Array.from({ length: columns ? width : first }, (_, g) =>
    Array.from({ length: columns ? first : width }, (_, i) =>
      columns ? i * width + g : g * width + i,
    ),
  );
  const again = (strength: number): Penalty => {
    const stronger = sum.again(strength);
    return stronger.shaped?.(shape) ?? stronger;
  };
  return grouped({ ...sum, options: { ...sum.options, groups }, again });
}

function normOf(x: Vector, indices: readonly number[]): number {
  let sum = 0;
  for (const i of indices) sum += x[i]! * x[i]!;
  return Math.sqrt(sum);
}

function groupsOf(name: string, size: number, { groups, weights }: GroupOptions): readonly Group[] {
  if (typeof groups === "string") {
    throw new NadirError("penalties/groups", `${name}: a flat block of ${size} has no ${groups}`, {
      expected:
        "a group size, lists of positions, or a penalty by path: tensors have rows and columns",
    });
  }
  const lists = typeof groups === "number" ? cut(name, size, groups) : groups;
  const seen = new Uint8Array(size);
  for (const i of lists.flat()) {
    if (Number.isInteger(i) && i >= 0 && i < size && seen[i] === 0) seen[i] = 1;
    else {
      const wrong =
        seen[i] === 1 ? `position ${i} stands in two groups` : `there is no position ${i}`;
      throw new NadirError("penalties/groups", `${name}: ${wrong}`, {
        expected: `each of 0 … ${size - 1} in one group`,
        hint: "latentGroups gives overlapping groups copies of the columns that they share",
      });
    }
  }
  const missing = seen.indexOf(0);
  if (missing >= 0) {
    throw new NadirError("penalties/groups", `${name}: position ${missing} is in no group`, {
      expected: `each of 0 … ${size - 1} in one group`,
    });
  }
  const factors = weightsOf(lists.length, weights);
  return lists.map((indices, g) => ({
    indices: [...indices].sort((a, b) => a - b),
    weight: factors?.[g] ?? Math.sqrt(indices.length),
  }));
}

function cut(name: string, size: number, length: number): readonly (readonly number[])[] {
  if (size % length !== 0) {
    throw new NadirError("penalties/groups", `${name}: ${size} is no multiple of ${length}`, {
      expected: "a group size that divides the number of coordinates, or lists of positions",
    });
  }
  return Array.from({ length: size / length }, (_, g) =>
    Array.from({ length }, (_, i) => g * length + i),
  );
}

function weightsOf(
  count: number,
  weights: GroupOptions["weights"] = "root-size",
): readonly number[] | undefined {
  if (weights === "root-size") return undefined;
  const fine = weights.length === count && weights.every((w) => Number.isFinite(w) && w >= 0);
  if (fine) return weights;
  throw new NadirError("penalties/weights", `weights are [${weights.join(", ")}]`, {
    expected: `${count} finite numbers of at least 0, one for each group`,
  });
}

function tracedGroups(
  { name, options, profile, l1 = 0 }: GroupSum,
  v: Tensor,
  step: Tensor,
): Tensor {
  const { groups } = options;
  if (step.shape.length > 0) {
    throw new NadirError("penalties/metric", `${name}: a step for each element`, {
      expected: "one step for all: the norm of a group has no closed prox in another metric",
      hint: 'proximal(rule, penalty, { metric: "euclidean" })',
    });
  }
  const [first = 1, ...rest] = v.shape;
  const size = v.shape.reduce((product, n) => product * n, 1);
  const width = rest.reduce((product, n) => product * n, 1);
  const columns = groups === "columns";
  const length = typeof groups === "number" ? groups : columns ? first : width;
  if (size % length !== 0) cut(name, size, length); // says what is wrong
  const table = columns ? v.reshape([first, width]) : v.reshape([size / length, length]);
  const soft = l1 > 0 ? table.sign().mul(table.abs().sub(step.mul(l1)).maximum(0)) : table;
  const axis = columns ? 0 : 1;
  const norm = soft.square().sum({ axis, keepDims: true }).sqrt();
  const shrunk = profile(Math.sqrt(length)).traced(norm, step);
  return soft.mul(shrunk.div(norm.maximum(1e-30))).reshape(v.shape);
}
