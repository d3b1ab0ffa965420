import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { Group, Parts, Penalty } from "../../methods/penalties/penalty.ts";
import type { Profile } from "../../methods/penalties/profile.ts";

/** Features that are updated together, and what is paid for their norm: p(‖w_B‖₂) + l1·‖w_B‖₁. */
export interface Block {
  readonly features: Int32Array;
  readonly profile: Profile;
  readonly l1: number;
}

/** A coefficient that costs nothing: the intercept. */
export const freeProfile: Profile = {
  value: () => 0,
  slope: () => 0,
  slopeBefore: () => 0,
  curvature: () => 0,
  prox: (u) => u,
  traced: (u) => u,
  weakConvexity: 0,
  singleValuedBelow: Number.POSITIVE_INFINITY,
};

/** Nothing is paid for the block, whatever its coefficients. */
export const isFree = ({ profile, l1 }: Block): boolean =>
  l1 === 0 && profile.slope(0) === 0 && profile.curvature(1) === 0;

/** What is paid for w, by blocks. */
export function paidFor({ list }: Blocks, w: Vector): number {
  let sum = 0;
  for (const { features, profile, l1 } of list) {
    let squares = 0;
    for (const j of features) {
      squares += w[j]! * w[j]!;
      if (l1 > 0) sum += l1 * Math.abs(w[j]!);
    }
    if (squares > 0) sum += profile.value(Math.sqrt(squares));
  }
  return sum;
}

/** A penalty taken apart into blocks. */
export interface Blocks {
  readonly list: readonly Block[];
  /** Each block is one feature. */
  readonly single: boolean;
}

/** [0], [1], … [features − 1]: kept, as a path asks for them at every strength. */
function onesOf(features: number): readonly Int32Array[] {
  if (ones.length < features) {
    ones = Array.from({ length: features }, (_, j) => ones[j] ?? Int32Array.of(j));
  }
  return ones.length === features ? ones : ones.slice(0, features);
}
let ones: readonly Int32Array[] = [];

/**
 * The blocks of a penalty on `features` coefficients.
 *
 * @throws NadirError `linear/penalty` for a penalty that is no sum over disjoint blocks
 */
export function blocksOf(penalty: Penalty, features: number): Blocks {
  const { parts } = penalty;
  switch (parts.kind) {
    case "coordinates": {
      const { profile } = parts;
      const list = onesOf(features).map((one) => ({ features: one, profile, l1: 0 }));
      return { list, single: true };
    }
    case "groups":
      return groupBlocks(parts, features);
    case "whole":
      throw noBlocks(penalty);
  }
}

/** What is said of a penalty that is no sum over disjoint blocks. */
export const noBlocks = ({ name }: Penalty): NadirError =>
  new NadirError("linear/penalty", `${name} on the coefficients of this linear model`, {
    expected: "a penalty that is a sum over coordinates or over groups of them",
    hint: "the solvers proximalGradient and fista take any penalty",
  });

/** With `free` features more, from `from` on, that cost nothing. */
export function withFree(blocks: Blocks, from: number, free: number): Blocks {
  if (free === 0) return blocks;
  const own = Array.from({ length: free }, (_, k) => ({
    ...{ features: Int32Array.of(from + k), profile: freeProfile, l1: 0 },
  }));
  return { list: [...blocks.list, ...own], single: blocks.single };
}

function groupBlocks(parts: Extract<Parts, { kind: "groups" }>, features: number): Blocks {
  const profiles = new Map<number, Profile>();
  const list = parts.groups(features).map(({ indices, weight }: Group) => {
    const profile = profiles.get(weight) ?? parts.profile(weight);
    profiles.set(weight, profile);
    return { features: Int32Array.from(indices), profile, l1: parts.l1 };
  });
  return { list, single: false };
}
