import { NadirError } from "../../base/errors.ts";
import { requireCount } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { DesignMatrix } from "./design.ts";

/** Groups that may overlap, made disjoint: each has a copy of its own of the columns that it shares. */
export interface LatentGroups {
  /** The groups as lists of positions among the copies: what `groupLasso`, `groupMcp` and the like take. */
  readonly groups: readonly (readonly number[])[];
  /** The design with a column for each member of each group, in the order of the groups. */
  expand(x: DesignMatrix): DesignMatrix;
  /** Coefficients of the columns as they were given: the sum of those of their copies. */
  combine(coefficients: Vector): Float64Array;
}

/**
 * Overlapping groups of features by copies of the columns they share: the latent group lasso. The coefficients are sums w = Σ v_g of
 * parts that live on a group each, and λ Σ √|g|·‖v_g‖ is paid for the parts, so that the features kept are a *union* of groups.
 * (The sum of ‖w_g‖ over overlapping groups, which is something else, keeps what is left when groups are taken away.)
 *
 * Price: as many columns as the groups have members together.
 *
 * @param groups - positions of features; each feature in one group at least
 * @param features - how many there are
 * @throws NadirError `linear/groups` for groups that leave a feature out, name one that is not there, or one twice, `linear/features`
 * @see Jacob, Obozinski & Vert (2009), Group lasso with overlap and graph lasso, eqs. (4), (5), §3.4
 * @example
 * const latent = latentGroups([[0, 1, 2], [2, 3]], 4);
 * const model = linearModel({ penalty: groupLasso(0.1, { groups: latent.groups }) });
 * const w = latent.combine(model.fit(latent.expand(x), y).coefficients);
 */
export function latentGroups(
  groups: readonly (readonly number[])[],
  features: number,
): LatentGroups {
  requireCount("linear/features", features);
  requireCover(groups, features);
  const source = Int32Array.from(groups.flat());
  let end = 0;
  const disjoint = groups.map((group) => {
    end += group.length;
    return group.map((_, k) => end - group.length + k);
  });
  return {
    groups: disjoint,
    expand: (x) => {
      const found = "features" in x ? x.features : (x[0]?.length ?? 0);
      if (found === features) return copies(x, source);
      throw new NadirError("linear/groups", `the design has ${found} features`, {
        expected: `${features}, as the groups were made for`,
      });
    },
    combine: (coefficients) => {
      if (coefficients.length !== source.length) {
        throw new NadirError("linear/groups", `${coefficients.length} coefficients`, {
          expected: `${source.length}, one for each member of a group: those of a fit on expand(x)`,
        });
      }
      const sums = new Float64Array(features);
      source.forEach((j, k) => {
        sums[j] = sums[j]! + coefficients[k]!;
      });
      return sums;
    },
  };
}

function requireCover(groups: readonly (readonly number[])[], features: number): void {
  const seen = new Uint8Array(features);
  const wrong = (what: string): never => {
    throw new NadirError("linear/groups", what, {
      expected: `groups of positions 0 … ${features - 1} that cover all of them, each position once in a group`,
    });
  };
  groups.forEach((group, g) => {
    if (new Set(group).size < group.length) wrong(`group ${g} names a position twice`);
    for (const j of group) {
      if (!Number.isInteger(j) || j < 0 || j >= features) wrong(`group ${g} names position ${j}`);
      seen[j] = 1;
    }
  });
  const missing = seen.indexOf(0);
  if (missing >= 0) wrong(`position ${missing} is in no group`);
}

function copies(x: DesignMatrix, source: Int32Array): DesignMatrix {
  if ("columns" in x) {
    const { samples, columns } = x;
    const wide = new Float64Array(samples * source.length);
    source.forEach((j, k) => {
      wide.set(columns.subarray(j * samples, (j + 1) * samples), k * samples);
    });
    return { samples, features: source.length, columns: wide };
  }
  if (!("starts" in x)) return x.map((row) => Array.from(source, (j) => row[j]!));
  const { samples, starts, indices, values } = x;
  const ends = [0];
  const places: number[] = [];
  for (const j of source) {
    for (let e = starts[j]!; e < starts[j + 1]!; e++) places.push(e);
    ends.push(places.length);
  }
  return {
    ...{ samples, features: source.length, starts: Int32Array.from(ends) },
    indices: Int32Array.from(places, (e) => indices[e]!),
    values: Float64Array.from(places, (e) => values[e]!),
  };
}
