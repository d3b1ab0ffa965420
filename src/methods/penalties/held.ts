import { type Shape, sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { ownersOf } from "../paths.ts";
import type { Penalty, Smooth } from "./penalty.ts";

/** A penalty on all params together, or one for each tensor that a pattern fits, as in `byPath`. */
export type PenaltyOption = Penalty | Readonly<Record<string, Penalty>>;

/** A penalty of flat vectors. */
export interface HeldPenalty {
  readonly name: string;
  /** True if its kinks are zeros of single coordinates or of groups of them. */
  readonly hasZerosForKinks: boolean;
  readonly isConvex: boolean;
  /**
   * The directions along which it is smooth at x. A coordinate that is 0, alone or with its whole group, where the penalty rises from 0
   * with a slope stays 0; neighbours that are equal stay equal under total variation. Undefined where kinks are of another kind.
   */
  smoothAlong(x: Vector): Smooth | undefined;
  /** The least ε known with |⟨d, y⟩| ≤ ε·P(y) for all y: the dual norm, for a convex penalty that grows like a norm; ∞ for others. */
  dualNorm(d: Vector): number;
  /** Below this step the prox is single-valued; 0: for none. */
  readonly singleValuedBelow: number;
  value(x: Vector): number;
  derivative(x: Vector): Vector;
  prox(v: Vector, step: number): Vector;
  /** pᵢ′(|xᵢ|) from the right, where the penalty is a sum over coordinates. */
  slopes?(x: Vector): Vector;
}

/**
 * The penalty of flat vectors that is meant for given params: a bare one sees all elements as one block, one by path
 * each tensor that its pattern fits by itself, and other tensors go free.
 *
 * @throws NadirError `penalty/option` for what is neither; `penalty/pattern` for a pattern that fits nothing
 */
export function holdPenalty(
  given: PenaltyOption,
  { shapes, paths }: { readonly shapes: readonly Shape[]; readonly paths: readonly string[] },
): HeldPenalty {
  const size = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (isPenalty(given)) return product([{ penalty: given, start: 0, end: size }], given.name);
  const expected = 'a penalty, such as l1(0.1), or penalties by path, as in { "w*": l1(0.1) }';
  if (typeof given !== "object" || given === null) {
    throw new NadirError("penalty/option", `penalty is ${String(given)}`, { expected });
  }
  const patterns = Object.keys(given);
  const wrong = patterns.find((key) => !isPenalty(given[key]));
  if (wrong !== undefined || patterns.length === 0) {
    const what = wrong === undefined ? "penalty is empty" : `penalty: "${wrong}" is no penalty`;
    throw new NadirError("penalty/option", what, { expected });
  }
  const owners = ownersOf("penalty", paths, patterns);
  let end = 0;
  const parts = shapes.flatMap((shape, i) => {
    const start = end;
    end += sizeOf(shape);
    const owner = owners[i];
    if (owner === undefined) return [];
    const penalty = given[owner]!;
    return [{ penalty: penalty.shaped?.(shape) ?? penalty, start, end }];
  });
  return product(parts, patterns.map((key) => `${key}: ${given[key]!.name}`).join(", "));
}

/** The penalty of flat vectors that is meant by one for each tensor, or none. */
export function holdPenalties(
  owners: readonly (Penalty | undefined)[],
  shapes: readonly Shape[],
): HeldPenalty {
  let end = 0;
  const parts = shapes.flatMap((shape, i) => {
    const start = end;
    end += sizeOf(shape);
    const penalty = owners[i];
    return penalty === undefined
      ? []
      : [{ penalty: penalty.shaped?.(shape) ?? penalty, start, end }];
  });
  return product(parts, [...new Set(parts.map(({ penalty }) => penalty.name))].join(", "));
}

const isPenalty = (given: unknown): given is Penalty =>
  typeof given === "object" && given !== null && (given as Penalty).kind === "penalty";

interface Part {
  readonly penalty: Penalty;
  readonly start: number;
  readonly end: number;
}

function product(parts: readonly Part[], name: string): HeldPenalty {
  const isSum = parts.every(({ penalty }) => penalty.parts.kind === "coordinates");
  return {
    name,
    ...(isSum ? { slopes: (x: Vector) => slopesOf(parts, x) } : {}),
    isConvex: parts.every(({ penalty }) => penalty.weakConvexity === 0),
    singleValuedBelow: Math.min(...parts.map(({ penalty }) => penalty.singleValuedBelow)),
    hasZerosForKinks: parts.every(({ penalty }) => penalty.parts.kind !== "whole"),
    smoothAlong: (x) => {
      const smooth: (Smooth & { readonly start: number; readonly end: number })[] = [];
      for (const { penalty, start, end } of parts) {
        const own = smoothPart(penalty, x.subarray(start, end));
        if (own === undefined) return undefined;
        smooth.push({ ...own, start, end });
      }
      return {
        dimension: smooth.reduce(
          (sum, { dimension, start, end }) => sum + dimension - (end - start),
          x.length,
        ),
        tangent: (v) => {
          const out = v.slice();
          for (const { tangent, start, end } of smooth)
            out.set(tangent(v.subarray(start, end)), start);
          return out;
        },
      };
    },
    dualNorm: (d) => {
      let most = 0;
      let at = 0;
      for (const { penalty, start, end } of parts) {
        if (d.subarray(at, start).some((di) => di !== 0)) return Number.POSITIVE_INFINITY;
        most = Math.max(most, dualNormOf(penalty, d.subarray(start, end)));
        at = end;
      }
      return d.subarray(at).some((di) => di !== 0) ? Number.POSITIVE_INFINITY : most;
    },
    value: (x) =>
      parts.reduce(
        (sum, { penalty, start, end }) => sum + penalty.value(x.subarray(start, end)),
        0,
      ),
    derivative: (x) => {
      const out = new Float64Array(x.length);
      for (const { penalty, start, end } of parts) {
        penalty.derivative(x.subarray(start, end), out.subarray(start, end));
      }
      return out;
    },
    prox: (v, step) => {
      const out = v.slice();
      for (const { penalty, start, end } of parts) {
        penalty.prox(v.subarray(start, end), step, out.subarray(start, end));
      }
      // A zero is 0, whichever side it was thresholded from.
      for (let i = 0; i < out.length; i++) out[i] = out[i]! + 0;
      return out;
    },
  };
}

function slopesOf(parts: readonly Part[], x: Vector): Vector {
  const out = new Float64Array(x.length);
  for (const { penalty, start, end } of parts) {
    if (penalty.parts.kind !== "coordinates") continue;
    for (let i = start; i < end; i++) out[i] = penalty.parts.profile.slope(Math.abs(x[i]!));
  }
  return out;
}

function smoothPart(penalty: Penalty, x: Vector): Smooth | undefined {
  if (penalty.parts.kind === "whole") return penalty.parts.smoothAlong?.(x);
  const held = new Uint8Array(x.length);
  markKinks(penalty, x, held);
  return {
    dimension: held.reduce((sum, isHeld) => sum - isHeld, x.length),
    tangent: (v) => v.map((vi, i) => (held[i] === 1 ? 0 : vi)),
  };
}

function markKinks({ parts }: Penalty, x: Vector, held: Uint8Array): void {
  if (parts.kind === "whole") return;
  if (parts.kind === "coordinates") {
    if (parts.profile.slope(0) > 0) for (let i = 0; i < x.length; i++) held[i] = x[i] === 0 ? 1 : 0;
    return;
  }
  for (const { indices, weight } of parts.groups(x.length)) {
    const rises = parts.profile(weight).slope(0) > 0 && indices.every((i) => x[i] === 0);
    for (const i of indices) if (rises || (parts.l1 > 0 && x[i] === 0)) held[i] = 1;
  }
}

/** Convex profiles rise at least as they begin: p(u) ≥ p′(0)·u. */
function dualNormOf({ parts, weakConvexity }: Penalty, d: Vector): number {
  if (weakConvexity > 0) return Number.POSITIVE_INFINITY;
  if (parts.kind === "whole") return parts.dualNorm?.(d) ?? Number.POSITIVE_INFINITY;
  const over = (size: number, slope: number): number => (size === 0 ? 0 : size / slope);
  if (parts.kind === "coordinates") {
    const slope = parts.profile.slope(0);
    return d.reduce((most, di) => Math.max(most, over(Math.abs(di), slope)), 0);
  }
  let most = 0;
  for (const { indices, weight } of parts.groups(d.length)) {
    const size = Math.hypot(...indices.map((i) => d[i]!));
    most = Math.max(most, over(size, parts.profile(weight).slope(0)));
  }
  return most;
}
