import type { Vector } from "../../linalg/ask.ts";
import type { Profile } from "../../methods/penalties/profile.ts";
import type { Quadratic } from "./descent.ts";
import type { Design } from "./design.ts";
import type { SupportFactor } from "./supportFactor.ts";

/**
 * ‖y − Xw‖²/(2n) as a function of the coefficients of chosen features, by their Gram matrix XᵀX/n, which grows as features
 * are added: a coordinate step then costs as many operations as there are chosen features, however many samples.
 */
export interface Gram extends Quadratic {
  readonly size: number;
  /** The feature at each position. */
  readonly members: Int32Array;
  /** Adds features; `gradients` are the derivatives at the present coefficients, `atZero` at none. */
  add(features: Iterable<number>, gradients: Vector, atZero: Vector): void;
  /** Overwrites the state by derivatives by feature: rounding errors of many steps end here. */
  refresh(gradients: Vector): void;
  /** An entry of XᵀX/n, by positions. */
  entry(k: number, l: number): number;
}

export function gramModel(design: Design): Gram {
  const { samples } = design;
  let capacity = 64;
  let size = 0;
  let matrix = new Float64Array(capacity * capacity);
  let members = new Int32Array(capacity);
  let state: Vector = new Float64Array(capacity);
  let atZero: Vector = new Float64Array(capacity);
  let curvatures: Vector = new Float64Array(capacity);

  const grow = (needed: number): void => {
    if (needed <= capacity) return;
    const before = capacity;
    capacity = Math.max(needed, 2 * capacity);
    const larger = new Float64Array(capacity * capacity);
    for (let k = 0; k < size; k++)
      larger.set(matrix.subarray(k * before, k * before + size), k * capacity);
    matrix = larger;
    const longer = (x: Vector): Vector => {
      const copy = new Float64Array(capacity);
      copy.set(x);
      return copy;
    };
    const moreMembers = new Int32Array(capacity);
    moreMembers.set(members);
    members = moreMembers;
    state = longer(state);
    atZero = longer(atZero);
    curvatures = longer(curvatures);
  };

  return {
    get size() {
      return size;
    },
    get members() {
      return members;
    },
    get state() {
      return state;
    },
    get curvatures() {
      return curvatures;
    },
    gradient: (k) => state[k]!,
    move: (k, d) => {
      // Names of their own: the loop need not look whether the arrays were exchanged.
      const [gradients, entries, count, row] = [state, matrix, size, k * capacity];
      for (let l = 0; l < count; l++) gradients[l] = gradients[l]! + d * entries[row + l]!;
    },
    moveAll: (start, length, changes) => {
      const [gradients, entries, count] = [state, matrix, size];
      let k = 0;
      // Four rows at once: each derivative is loaded and stored once for all of them.
      for (; k < length - 3; k += 4) {
        const [p, q, r, s] = [changes[k]!, changes[k + 1]!, changes[k + 2]!, changes[k + 3]!];
        const row = (start + k) * capacity;
        const [row1, row2, row3] = [row + capacity, row + 2 * capacity, row + 3 * capacity];
        for (let l = 0; l < count; l++)
          gradients[l] =
            gradients[l]! +
            (p * entries[row + l]! +
              q * entries[row1 + l]! +
              (r * entries[row2 + l]! + s * entries[row3 + l]!));
      }
      for (; k < length; k++) {
        const [d, row] = [changes[k]!, (start + k) * capacity];
        if (d === 0) continue;
        for (let l = 0; l < count; l++) gradients[l] = gradients[l]! + d * entries[row + l]!;
      }
    },
    value: (w) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += w[k]! * (state[k]! + atZero[k]!);
      return 0.5 * sum;
    },
    add: (features, gradients, gradientsAtZero) => {
      const first = size;
      const added = Int32Array.from(features);
      grow(size + added.length);
      members.set(added, first);
      size += added.length;
      design.gram(members, first, size, matrix, capacity);
      added.forEach((feature, i) => {
        const k = first + i;
        state[k] = gradients[feature]!;
        atZero[k] = gradientsAtZero[feature]!;
        for (let l = 0; l <= k; l++) {
          const entry = matrix[k * capacity + l]! / samples;
          matrix[k * capacity + l] = entry;
          matrix[l * capacity + k] = entry;
        }
        curvatures[k] = matrix[k * capacity + k]!;
      });
    },
    refresh: (gradients) => {
      for (let k = 0; k < size; k++) state[k] = gradients[members[k]!]!;
    },
    entry: (k, l) => matrix[k * capacity + l]!,
  };
}

/**
 * Newton steps of the coefficients that are not zero, signs and pieces of their profiles held: exact where these are
 * right, since most profiles are quadratic between their kinks. A coefficient that would change its sign stops the step where
 * it is zero and leaves the support, and the rest goes on. Where the Hessian on the support is not positive definite, a direction
 * along which the quadratic is flat or falls is followed downhill until a coefficient is zero.
 *
 * @returns whether the last step was a whole one
 */
export function newtonOnSupport(
  gram: Quadratic & { readonly size: number },
  factor: SupportFactor,
  w: Vector,
  profiles: readonly Profile[],
): boolean {
  const step = new Float64Array(gram.size);
  const slopeAt = (k: number): number =>
    gram.state[k]! + Math.sign(w[k]!) * profiles[k]!.slope(Math.abs(w[k]!));
  for (let rounds = 0; rounds <= gram.size; rounds++) {
    const support: number[] = [];
    for (let k = 0; k < gram.size; k++) if (w[k] !== 0) support.push(k);
    const extras = support.map((k) => profiles[k]!.curvature(Math.abs(w[k]!)));
    const loose = factor.change(support, extras);
    let longest = 1;
    if (loose === undefined) {
      step.fill(0);
      for (const k of support) step[k] = -slopeAt(k);
      factor.solve(step);
    } else {
      factor.followers(loose, step);
      let slope = 0;
      for (const k of support) slope += step[k]! * slopeAt(k);
      if (slope > 0) for (const k of support) step[k] = -step[k]!;
      longest = Number.POSITIVE_INFINITY;
    }
    let length = longest;
    let hit = -1;
    for (const k of support) {
      const reach = -w[k]! / step[k]!; // where this coefficient is zero
      if (reach > 0 && reach < length) [length, hit] = [reach, k];
    }
    if (!Number.isFinite(length)) return false;
    for (const k of support) {
      const change = k === hit ? -w[k]! : length * step[k]!;
      if (change === 0) continue;
      w[k] = w[k]! + change;
      gram.move(k, change);
    }
    if (hit < 0) return true;
  }
  return false;
}
