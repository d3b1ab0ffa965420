import type { Range } from "../analysis/range.ts";
import { finish, type Program, record } from "../array/program.ts";
import type { Shape } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { requireScalar } from "../autodiff/variables.ts";
import { requireKnownOptions } from "../base/require.ts";
import { findWitness } from "../diagnosis/convexityWitness.ts";
import { answer, type Vector } from "../linalg/ask.ts";
import { type FlatProof, proveBlock } from "./curvatureProof.ts";
import { withFeatures } from "./features.ts";
import { TracedObjective } from "./objective.ts";
import { readStart, writeLike } from "./start.ts";
import { type Objective, readObjective } from "./structure.ts";

/** Where `curvature` looks for a witness, and in which precision. */
export interface CurvatureOptions<X> {
  /** A point with the shape of the unknowns; the search for a witness starts there. */
  readonly x0: X;
  /** Arithmetic of the function. Default `f64`. */
  readonly dtype?: "f32" | "f64";
  /** Of the points that a witness is sought among. Default 0. */
  readonly seed?: number;
}

/** Two points and their midpoint at which f lies above the chord, with the values, to be checked by anyone. */
export interface CurvatureWitness<X> {
  readonly x: X;
  readonly y: X;
  readonly valueAtX: number;
  readonly valueAtY: number;
  readonly valueAtMidpoint: number;
  /** How far f at the midpoint lies above the mean of the values. */
  readonly excess: number;
}

/** How a function bends: what was proved, or refuted, or neither. */
export type CurvatureReport<X> =
  | {
      /** Proved for all x where f is defined. */
      readonly kind: "convex" | "concave" | "affine" | "constant";
      /** The rules of the proof, from the unknowns to the value. */
      readonly trail: readonly string[];
      /** μ > 0 with f − ½μ‖x‖² convex, where one was found. */
      readonly strongConvexity?: number;
    }
  | {
      /** Convex in each block while the others are fixed; a witness shows that it is not so in all at once. */
      readonly kind: "biconvex";
      /** Names of the leaves of x, block by block. */
      readonly blocks: readonly (readonly string[])[];
      readonly trail: readonly string[];
      readonly witness?: CurvatureWitness<X>;
    }
  | { readonly kind: "not-convex"; readonly witness: CurvatureWitness<X>; readonly broken: string }
  | {
      /** Neither a proof nor a witness was found. */
      readonly kind: "unknown";
      /** The operation at which the proof broke. */
      readonly broken: string;
    };

/**
 * Is this function convex? Proved by rules on its graph; or biconvex, and in which blocks; or refuted by a
 * witness, two points whose midpoint lies above the chord; or unknown, with the operation that broke the proof.
 *
 * A proof holds wherever f is defined: −log x is convex, on x > 0.
 *
 * @throws NadirError as `minimize` does for a start or a function that cannot be used
 * @see Grant, Boyd & Ye (2006), Disciplined convex programming
 * @example curvature((x) => x.exp().sum(), { x0: [0, 0] }).kind // "convex"
 */
export function curvature<X>(f: Objective<X>, options: CurvatureOptions<X>): CurvatureReport<X> {
  requireKnownOptions("curvature", options, ["x0", "dtype", "seed"]);
  const { dtype = "f64", seed = 0 } = options;
  const start = readStart(options.x0, dtype);
  const { loss } = readObjective(f, start, dtype);
  const shapes = start.arrays.map(({ shape }) => shape);
  const leaves = finish(
    record(
      shapes.map((shape) => ({ shape, dtype })),
      (...xs) => [requireScalar("curvature", loss(xs))],
    ),
  );
  return judge(
    { loss, shapes, dtype, seed, paths: start.paths, x: start.x, leaves, fixed: [] },
    (x) => writeLike(options.x0, x, start),
  );
}

/** A function taken apart, and what it is of beside its unknowns. */
export interface Judged {
  readonly loss: (leaves: readonly Tensor[]) => unknown;
  readonly shapes: readonly Shape[];
  readonly dtype: "f32" | "f64";
  readonly seed: number;
  readonly paths: readonly string[];
  /** The point around which a witness is looked for. */
  readonly x: Vector;
  /** The same function of its leaves, and of data after them: finished. */
  readonly leaves: Program;
  /** The data's ranges. */
  readonly fixed: readonly Range[];
}

/** Proves, or groups into blocks, or refutes. `shape` gives flat points their form. */
export function judge<X>(judged: Judged, shape: (x: Vector) => X): CurvatureReport<X> {
  const { loss, shapes, dtype, seed, fixed } = judged;
  const objective = new TracedObjective(loss, { shapes, dtype });
  const proof =
    fixed.length === 0
      ? objective.proof()
      : proveBlock(
          judged.leaves,
          shapes.map(() => true),
          fixed,
        );
  if (proof.bend !== "unknown") {
    const { moduli }: FlatProof = proof;
    const least = moduli === undefined ? 0 : Math.min(...moduli);
    return {
      kind: proof.bend,
      trail: proof.trail,
      ...(least > 0 ? { strongConvexity: least } : {}),
    };
  }
  const found = answer(findWitness(judged.x, { seed }), withFeatures(objective.oracle(), {}, {}));
  const witness = found && { ...found, x: shape(found.x), y: shape(found.y) };
  const blocks = convexBlocks(judged);
  if (blocks !== undefined) return { kind: "biconvex", ...blocks, ...(witness && { witness }) };
  const broken = proof.broken ?? "no rule covers it";
  return witness === undefined
    ? { kind: "unknown", broken }
    : { kind: "not-convex", witness, broken };
}

/** Leaves grouped so that the function is convex in each group; undefined if it is not so in some leaf. */
function convexBlocks({
  leaves,
  paths,
  shapes,
  fixed,
}: Judged): { blocks: string[][]; trail: string[] } | undefined {
  const count = shapes.length;
  if (count < 2) return undefined;
  const proof = (block: readonly number[]) =>
    proveBlock(
      leaves,
      shapes.map((_, i) => block.includes(i)),
      fixed,
    );
  const holds = (block: readonly number[]): boolean =>
    ["constant", "affine", "convex"].includes(proof(block).bend);
  const blocks: number[][] = [];
  for (let leaf = 0; leaf < count; leaf++) {
    if (!holds([leaf])) return undefined;
    const room = blocks.find((block) => holds([...block, leaf]));
    if (room === undefined) blocks.push([leaf]);
    else room.push(leaf);
  }
  const named = blocks.map((block) => block.map((i) => paths[i] ?? String(i)));
  const trail = blocks.flatMap((block, i) =>
    proof(block).trail.map((sentence) => `in ${named[i]!.join(", ")}: ${sentence}`),
  );
  return { blocks: named, trail };
}
