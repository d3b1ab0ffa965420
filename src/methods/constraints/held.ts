import { type Shape, sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { ownersOf } from "../paths.ts";
import type { Constraint, ConstraintSet, Face } from "./constraint.ts";

/** A constraint on all params together, or one for each tensor that a pattern fits, as in `byPath`. */
export type ConstraintOption = Constraint | Readonly<Record<string, Constraint>>;

/** What the params are, to be held: their shapes, and their paths in the user's tree. */
export interface HeldParams {
  readonly shapes: readonly Shape[];
  readonly paths: readonly string[];
}

/** A set of flat vectors, with what is known of it as a whole. */
export interface HeldSet extends ConstraintSet {
  readonly name: string;
  readonly isConvex: boolean;
  readonly isBounded: boolean;
  /** True if it is a penalty, which holds nothing but adds to the value. */
  readonly isPenalty?: boolean;
  /**
   * For a convex penalty: by how much f + P may be lower anywhere than at x, for a convex f. ∞ where nothing bounds it.
   *
   * @param moduli - μ with f − ½Σ μᵢxᵢ² convex, if known
   * @param least - a number that f is nowhere below: −∞ if none is known
   */
  gap?(
    at: { readonly x: Vector; readonly value: number; readonly gradient: Vector },
    moduli: Vector | undefined,
    least: number,
  ): number;
}

/** A set on a range of the flat vector. */
interface Part {
  readonly set: ConstraintSet;
  readonly constraint: Constraint;
  readonly start: number;
  readonly end: number;
}

/**
 * The set of flat vectors that a constraint means for given params. A bare constraint holds all their elements
 * together as one array: of the tensor's own shape if there is one tensor, else of shape `[n]`. A record holds
 * each tensor that its pattern fits by itself, and leaves the others free.
 *
 * @throws NadirError `constraint/option` for what is neither; `constraint/pattern` for a pattern that fits
 *   nothing; `constraints/shape` for a set that holds no such arrays
 */
export function holdParams(given: ConstraintOption, { shapes, paths }: HeldParams): HeldSet {
  const size = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (isConstraint(given)) {
    const shape = shapes.length === 1 && shapes[0]!.length > 0 ? shapes[0]! : [size];
    const { name, isConvex, isBounded } = given;
    return { ...given.within(shape, "x"), name, isConvex, isBounded };
  }
  const patterns = patternsOf(given);
  const owners = ownersOf("constraint", paths, patterns);
  const parts: Part[] = [];
  let start = 0;
  for (const [i, shape] of shapes.entries()) {
    const end = start + sizeOf(shape);
    const owner = owners[i];
    if (owner !== undefined) {
      const constraint = given[owner]!;
      parts.push({ set: constraint.within(shape, paths[i] || "x"), constraint, start, end });
    }
    start = end;
  }
  return product(parts, size, patterns.map((key) => `${key}: ${given[key]!.name}`).join(", "));
}

/** Whether it is one constraint, and no record of several. */
export const isConstraint = (given: ConstraintOption): given is Constraint =>
  typeof given === "object" && given !== null && given.kind === "constraint";

function patternsOf(given: Readonly<Record<string, Constraint>>): readonly string[] {
  const expected =
    'a constraint, such as box(0, 1), or constraints by path, as in { "w*": box(0, 1) }';
  if (typeof given !== "object" || given === null) {
    throw new NadirError("constraint/option", `constraint is ${String(given)}`, { expected });
  }
  const patterns = Object.keys(given);
  const wrong = patterns.find((key) => !isConstraint(given[key]!));
  if (wrong !== undefined || patterns.length === 0) {
    throw new NadirError(
      "constraint/option",
      wrong === undefined ? "constraint is empty" : `constraint: "${wrong}" is no constraint`,
      { expected },
    );
  }
  return patterns;
}

/** The product of sets on ranges of a vector whose other elements are free. */
function product(parts: readonly Part[], size: number, name: string): HeldSet {
  const covered = parts.reduce((sum, { start, end }) => sum + end - start, 0);
  const isBounded = covered === size && parts.every(({ constraint }) => constraint.isBounded);
  /** x with f applied to each part. */
  const onParts = (x: Vector, f: (part: Vector, own: Part) => Vector): Vector => {
    const out = x.slice();
    for (const own of parts) out.set(f(x.subarray(own.start, own.end), own), own.start);
    return out;
  };
  const bounds = {
    lower: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    upper: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
  };
  for (const { set, start } of parts) {
    bounds.lower.set(set.bounds?.lower ?? [], start);
    bounds.upper.set(set.bounds?.upper ?? [], start);
  }
  return {
    name: `{ ${name} }`,
    isConvex: parts.every(({ constraint }) => constraint.isConvex),
    isBounded,
    ...(parts.every(({ set }) => set.bounds !== undefined) ? { bounds } : {}),
    project: (x) => onParts(x, (part, { set }) => set.project(part)),
    residual: (x) =>
      parts.reduce(
        (most, { set, start, end }) => Math.max(most, set.residual(x.subarray(start, end))),
        0,
      ),
    ...(parts.every(({ set }) => set.linearMinimum !== undefined)
      ? { linearMinimum: (g: Vector) => onParts(g, (part, { set }) => set.linearMinimum!(part)) }
      : {}),
    projectedGradient: (x, gradient) =>
      onParts(gradient, (g, { set, start, end }) =>
        set.projectedGradient(x.subarray(start, end), g),
      ),
    face: (x, gradient, slack) => {
      const faces = parts.map(({ set, start, end }) =>
        set.face(x.subarray(start, end), gradient.subarray(start, end), slack),
      );
      const dimension = faces.reduce((sum, face) => sum + face.dimension, size - covered);
      return {
        held: faces.flatMap(({ held }) => held),
        touching: faces.flatMap(({ touching }) => touching),
        ...activeOf(parts, faces, size),
        dimension,
        tangent: (v) => onParts(v, (part, own) => faces[parts.indexOf(own)]!.tangent(part)),
        bend: (v) => {
          const out = new Float64Array(size);
          parts.forEach(({ start, end }, i) => {
            const bent = faces[i]!.bend?.(v.subarray(start, end));
            if (bent !== undefined) out.set(bent, start);
          });
          return out;
        },
      };
    },
  };
}

/** The normals and the independence of all parts, where each that has something active tells its own. */
function activeOf(
  parts: readonly Part[],
  faces: readonly Face[],
  size: number,
): Pick<Face, "normals" | "independence"> {
  const normals: Vector[] = [];
  let [gradients, rank, knowsNormals, knowsRank] = [0, 0, true, true];
  faces.forEach((face, i) => {
    const { held, touching, independence } = face;
    if (held.length + touching.length === 0) return;
    knowsNormals &&= touching.length === (face.normals?.length ?? 0);
    knowsRank &&= independence !== undefined;
    gradients += independence?.gradients ?? 0;
    rank += independence?.rank ?? 0;
    for (const own of face.normals ?? []) {
      const normal = new Float64Array(size);
      normal.set(own, parts[i]!.start);
      normals.push(normal);
    }
  });
  return {
    ...(knowsNormals ? { normals } : {}),
    ...(knowsRank ? { independence: { gradients, rank } } : {}),
  };
}
