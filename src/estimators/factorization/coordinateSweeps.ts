import { NadirError } from "../../base/errors.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { innerSteps } from "./kernel/rowKernel.ts";

/**
 * Lowers xᵀAx − 2bᵀx + P(x) over a row's factors by sweeps over the coordinates, each at its own minimum, with P a penalty
 * of single coordinates. A bias, after the factors, is not penalized. Nothing raises the objective.
 *
 * @see Cichocki & Phan (2009), Fast local algorithms for large scale nonnegative matrix factorizations (HALS)
 */
export function coordinateSweeps(
  { matrix, vector }: { readonly matrix: Float64Array; readonly vector: Float64Array },
  n: number,
  rank: number,
  { penalty, nonnegative }: { readonly penalty: Penalty; readonly nonnegative: boolean },
): (x: Float64Array) => void {
  const { prox } = profileOf(penalty);
  return (x) => {
    for (let sweep = 0; sweep < innerSteps; sweep++) {
      for (let j = 0; j < n; j++) {
        const own = matrix[j * n + j]!;
        if (!(own > 0)) continue;
        let slope = vector[j]!;
        for (let i = 0; i < n; i++) slope -= matrix[j * n + i]! * x[i]!;
        const at = x[j]! + slope / own;
        if (j >= rank) x[j] = at;
        else if (nonnegative && at <= 0) x[j] = 0;
        // own·(x − at)² + p(x) = 2·own·(½(x − at)² + p(x)/(2·own))
        else x[j] = Math.sign(at) * prox(Math.abs(at), 1 / (2 * own));
      }
    }
  };
}

/** @throws NadirError `factorization/penalty` for a penalty that ties coordinates together */
export function profileOf(penalty: Penalty) {
  if (penalty.parts.kind === "coordinates") return penalty.parts.profile;
  throw new NadirError(
    "factorization/penalty",
    `factorization: ${penalty.name} is no penalty of single factors`,
    {
      expected: "l1, mcp, scad and others that are a sum over coordinates",
      hint: "the squared L2 penalty on both sides is the nuclear norm of their product; softImpute takes that norm itself",
    },
  );
}
