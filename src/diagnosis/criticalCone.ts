import type { Vector } from "../linalg/ask.ts";
import { leastOnCone } from "../linalg/leastOnCone.ts";
import { axpyRow, dotRow } from "../linalg/vector.ts";
import type { Face } from "../methods/constraints/constraint.ts";
import type { Curvature } from "./curvature.ts";
import { format } from "./words.ts";

/** Beyond these the cone is not searched: 2^normals eigen-decompositions. */
const mostNormals = 8;
const mostDirections = 30;

/**
 * Where constraints touch a point without a force, its neighbourhood to first order is no space but a cone: they block
 * one side. The least curvature over that cone, where curvature over the whole tangent space does not decide: positive
 * is sufficient for a strict minimum, negative excludes one.
 *
 * @returns undefined where nothing touches, or the whole space decides; the curvature with a sentence why, where the cone cannot be searched
 * @see Nocedal & Wright (2006), Numerical Optimization, theorems 12.5 and 12.6
 */
export function onCriticalCone(curvature: Curvature, face: Face): Curvature | undefined {
  const { touching, normals, dimension } = face;
  if (touching.length === 0 || curvature.smallest > curvature.error) return undefined;
  const they = touching.length === 1 ? "the one constraint" : `the ${touching.length} constraints`;
  const how = `${curvature.how}; of that, ${they} without a force block${touching.length === 1 ? "s" : ""} one side`;
  const { onTangent } = curvature;
  if (
    normals === undefined ||
    onTangent === undefined ||
    normals.length > mostNormals ||
    dimension > mostDirections
  ) {
    return {
      ...curvature,
      how: `${how}, and what curvature is left on the other was not computed`,
    };
  }
  const n = face.tangent(onTangent.vectors.subarray(0, normals[0]!.length)).length;
  const rows = normals.map((normal) =>
    Float64Array.from({ length: dimension }, (_, k) => dotRow(onTangent.vectors, k * n, normal)),
  );
  const { value, at } = leastOnCone(onTangent.values, rows, curvature.error);
  if (at === undefined) {
    return { ...curvature, ...decided, how: `${how}, and together they leave no direction` };
  }
  const direction: Vector = new Float64Array(n);
  for (let k = 0; k < dimension; k++) axpyRow(at[k]!, onTangent.vectors, k * n, direction);
  return {
    ...curvature,
    smallest: value,
    direction,
    nearZero: Math.abs(value) <= curvature.error ? 1 : 0,
    how: `${how}: the least curvature on the cone that they leave is ${format(value)}`,
  };
}

/** Of a cone that is a point. */
const decided = { smallest: Number.POSITIVE_INFINITY, error: 0, nearZero: 0 };
