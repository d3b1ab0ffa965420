import type { Vector } from "../../linalg/ask.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { l1Profile } from "../../methods/penalties/l1.ts";
import type { Profile } from "../../methods/penalties/profile.ts";
import { type Block, type Blocks, freeProfile } from "./blocks.ts";
import { blockViolation, penaltyOf, type Quadratic, type Subproblem } from "./descent.ts";
import type { Columns } from "./design.ts";
import type { Ended, Fitter, SolveOptions } from "./fitter.ts";
import { newtonOnSupport } from "./gram.ts";
import type { Loss } from "./loss.ts";
import { solveSubproblem } from "./subproblem.ts";
import { SupportFactor } from "./supportFactor.ts";
import {
  classQuadratic,
  type Expansion,
  matrixQuadratic,
  predictorsOf,
  residualQuadratic,
  sumOf,
} from "./weighted.ts";

/** Newton iterations at most for one penalty. */
const maxIterations = 200;
const leastDamping = 1e-9;

/**
 * A loss of linear predictors plus a penalty by proximal Newton steps: a quadratic model of the loss at the point, minimized with
 * the penalty over a working set by coordinate descent, then a line search on the objective. If that finds no lower point
 * (the penalty is concave somewhere), the penalty is replaced by its tangent at the present magnitudes, which lies above it: local linear
 * approximation.
 *
 * @see Lee, Sun & Saunders (2014), Proximal Newton-type methods for minimizing composite functions; Zou & Li (2008), One-step sparse
 *   estimates in nonconcave penalized likelihood models, eq. (2.7)
 */
export class ProxNewton implements Fitter {
  readonly w: Vector;
  readonly gradient: Vector;
  readonly curvatures: Vector;
  intercept: number;
  loss = 0;
  private readonly design: Columns;
  private readonly model: Loss;
  private readonly hasIntercept: boolean;
  /** The predictors. */
  readonly eta: Vector;
  private readonly bends: Vector;
  private readonly slope: Vector;
  /** What is added to all bends in the model of a loss with flat parts, in units of their bound: less after steps that went well. */
  private damping = 0.1;
  private readonly blockCurvatures = new Map<number, number>();

  constructor(design: Columns, model: Loss, hasIntercept: boolean) {
    const { samples, features } = design;
    this.design = design;
    this.model = model;
    this.hasIntercept = hasIntercept;
    this.w = new Float64Array(features);
    this.gradient = new Float64Array(features);
    this.intercept = hasIntercept ? model.constant : 0;
    this.eta = new Float64Array(samples).fill(this.intercept);
    this.slope = new Float64Array(samples);
    this.bends = new Float64Array(samples);
    this.look();
    // Where bends have no bound, those of the constant predictor: any step makes fixed points of stationary points.
    const bend = model.bendBound ?? sumOf(this.bends);
    const even = new Float64Array(samples).fill(bend / samples);
    this.curvatures = this.w.map((_, j) => design.weightedSquare(j, even));
  }

  start(w: Vector, intercept: number): void {
    this.w.set(w);
    this.intercept = intercept;
    this.eta.fill(intercept);
    for (let j = 0; j < w.length; j++) if (w[j] !== 0) this.design.add(j, w[j]!, this.eta);
    this.look();
  }

  keep(): () => void {
    const { intercept } = this;
    const w = this.w.slice();
    return () => this.start(w, intercept);
  }

  slopes = (): Vector => this.slope;

  weigh(v: Vector): void {
    const curved = this.model.curve?.(this.eta);
    if (curved !== undefined) curved(v);
    else for (let i = 0; i < v.length; i++) v[i] = v[i]! * this.bends[i]!;
  }

  hessian(features: readonly number[]): Vector {
    const m = features.length;
    const size = m + (this.hasIntercept ? 1 : 0);
    const at = new Float64Array(size);
    const q = matrixQuadratic(this.expansion(Int32Array.from(features), at));
    const out = new Float64Array(m * m);
    for (let k = 0; k < m; k++) {
      for (let l = 0; l < m; l++) {
        out[k * m + l] = q.entry(k, l);
        // The intercept follows: the Schur complement.
        if (this.hasIntercept) out[k * m + l]! -= (q.entry(k, m) * q.entry(l, m)) / q.entry(m, m);
      }
    }
    return out;
  }

  solve(blocks: Blocks, { tolerance, maxSweeps }: SolveOptions): Ended {
    let sweeps = 0;
    for (let iteration = 0; ; iteration++) {
      const violations = this.violations(blocks);
      const violation = violations.reduce(
        (worst, v) => Math.max(worst, v),
        this.hasIntercept ? Math.abs(sumOf(this.slope)) : 0,
      );
      if (violation <= tolerance) return { violation, sweeps };
      if (this.model.separates?.(this.eta) && this.isFlat(blocks))
        return { violation, sweeps, separated: true };
      if (iteration === maxIterations || sweeps >= maxSweeps) return { violation, sweeps };
      const chosen = this.choose(blocks, violations, tolerance);
      const inner = Math.max(0.2 * tolerance, Math.min(0.1, violation) * violation);
      const direct = this.step(blocks, chosen, inner, maxSweeps - sweeps, false);
      sweeps += Math.abs(direct);
      if (direct > 0) continue;
      const tangent = this.step(blocks, chosen, inner, maxSweeps - sweeps, true);
      sweeps += Math.abs(tangent);
      if (tangent <= 0) return { violation, sweeps };
    }
  }

  /** Whether the penalty does not hold the coefficients back: no slope at their present magnitudes. */
  private isFlat({ list }: Blocks): boolean {
    return list.every(({ features, profile, l1 }) => {
      const norm = Math.hypot(...Array.from(features, (j) => this.w[j]!));
      return norm === 0 || (profile.slope(norm) === 0 && l1 === 0);
    });
  }

  /** Loss, slopes, bends and gradient at the present predictors. */
  private look(): void {
    const { model, eta, slope, bends, design, gradient } = this;
    this.loss = model.value(eta);
    model.derivatives(eta, slope, bends);
    design.dots(slope, gradient);
  }

  private expansion(members: Int32Array, at: Vector): Expansion {
    const { design, slope, bends, hasIntercept } = this;
    const weigh = this.model.curve?.(this.eta);
    return { design, slopes: slope, bends, weigh, members, intercept: hasIntercept, at };
  }

  private curvatureOf(index: number, { features }: Block): number {
    if (features.length === 1) return this.curvatures[features[0]!]!;
    const known = this.blockCurvatures.get(index);
    if (known !== undefined) return known;
    const { samples } = this.design;
    const flat = new Float64Array(samples).fill(
      (this.model.bendBound ?? sumOf(this.bends)) / samples,
    );
    const at = new Float64Array(features.length);
    const q = matrixQuadratic({
      ...this.expansion(features, at),
      bends: flat,
      weigh: undefined,
      intercept: false,
    });
    const m = features.length;
    const matrix = Float64Array.from({ length: m * m }, (_, e) =>
      q.entry(Math.floor(e / m), e % m),
    );
    const largest = symmetricEigen(matrix, m).values[m - 1]!;
    this.blockCurvatures.set(index, largest);
    return largest;
  }

  private violations({ list }: Blocks): Vector {
    const { w, gradient } = this;
    const out = new Float64Array(list.length);
    for (let b = 0; b < list.length; b++) {
      const block = list[b]!;
      const curvature = this.curvatureOf(b, block);
      if (curvature === 0) continue;
      if (block.features.length === 1 && block.l1 === 0) {
        const j = block.features[0]!;
        const v = w[j]! - gradient[j]! / curvature;
        const size = block.profile.prox(v < 0 ? -v : v, 1 / curvature);
        out[b] = curvature * Math.abs((v < 0 ? -size : size) - w[j]!);
      } else {
        out[b] = blockViolation(block, curvature, w, gradient);
      }
    }
    return out;
  }

  /** The blocks of the support, and the worst of the others: as many again, and some. */
  private choose({ list }: Blocks, violations: Vector, tolerance: number): readonly number[] {
    const support: number[] = [];
    const others: number[] = [];
    list.forEach(({ features }, b) => {
      if (features.some((j) => this.w[j] !== 0)) support.push(b);
      else if (violations[b]! > tolerance) others.push(b);
    });
    others.sort((a, b) => violations[b]! - violations[a]!);
    const chosen = [...support, ...others.slice(0, Math.max(20, support.length))];
    return chosen.sort((a, b) => a - b);
  }

  /**
   * One Newton step on these blocks.
   *
   * @param tangent - with the penalty replaced by its tangent
   * @returns the sweeps that it took, negative if no lower point was found
   */
  private step(
    { list, single }: Blocks,
    chosen: readonly number[],
    tolerance: number,
    maxSweeps: number,
    tangent: boolean,
  ): number {
    const { hasIntercept, w } = this;
    const members = Int32Array.from(chosen.flatMap((b) => Array.from(list[b]!.features)));
    const m = members.length;
    const size = m + (hasIntercept ? 1 : 0);
    const at = new Float64Array(size);
    for (let k = 0; k < m; k++) at[k] = w[members[k]!]!;
    if (hasIntercept) at[m] = this.intercept;
    const expansion = { ...this.expansion(members, at), bends: this.dampedBends() };
    const profiles = chosen.map((b) => list[b]!.profile);
    if (single && tangent) {
      for (let k = 0; k < m; k++) profiles[k] = tangentOf(profiles[k]!, Math.abs(at[k]!));
    }
    // A matrix costs as much as some m/4 sweeps, and then Newton steps on it are to be had.
    const curved = profiles.every((profile) => profile.curvature(1) > 0 || profile.slope(0) === 0);
    const small =
      m <= 120 || (single && curved && m <= 1200) || (this.model.flatParts === true && m <= 400);
    const matrix = small ? matrixQuadratic(expansion) : undefined;
    const quadratic = matrix ?? this.byResidual(expansion);
    const next = at.slice();
    const problem: Subproblem = single
      ? { quadratic, size, w: next, profiles: hasIntercept ? [...profiles, freeProfile] : profiles }
      : {
          quadratic,
          size,
          w: next,
          blocks: this.placed(list, chosen, quadratic.curvatures, m, matrix),
        };
    const { profiles: held } = problem;
    const factor = matrix && new SupportFactor(matrix.entry);
    const newton = matrix && factor && held && (() => newtonOnSupport(matrix, factor, next, held));
    const solved = solveSubproblem(problem, tolerance, maxSweeps, newton);
    const paid = chosen.map((b) => list[b]!.profile);
    const judged: Subproblem = single
      ? { ...problem, profiles: hasIntercept ? [...paid, freeProfile] : paid }
      : problem;
    const length = this.search(problem, expansion, members, judged);
    if (length === 1) this.damping = Math.max(leastDamping, this.damping / 10);
    else if (length < 0.2) this.damping = Math.min(1, this.damping * 20);
    return length > 0 ? solved.sweeps : -solved.sweeps;
  }

  private byResidual(expansion: Expansion): Quadratic {
    const { repeats } = this.design;
    const chances = this.model.chances?.(this.eta);
    return repeats === undefined || chances === undefined
      ? residualQuadratic(expansion)
      : classQuadratic(expansion, repeats, chances);
  }

  private dampedBends(): Vector {
    const { bends, model, damping } = this;
    if (model.flatParts !== true || model.bendBound === undefined) return bends;
    const extra = (damping * model.bendBound) / model.samples;
    return bends.map((bend) => bend + extra);
  }

  /** Halves the step until the objective falls, and goes there. @returns its length as a share, 0 if none was low enough */
  private search(
    problem: Subproblem,
    expansion: Expansion,
    members: Int32Array,
    judged: Subproblem,
  ): number {
    const { at, slopes } = expansion;
    const { w: next } = problem;
    const along = predictorsOf(expansion, next);
    const size = at.length;
    let linear = 0;
    for (let i = 0; i < along.length; i++) linear += slopes[i]! * along[i]!;
    const before = this.loss + penaltyOf({ ...judged, w: at });
    const promised = Math.min(0, linear + penaltyOf({ ...judged, w: next }) + this.loss - before);
    const noise = 8 * Number.EPSILON * Math.abs(before);
    const trial = new Float64Array(size);
    const eta = new Float64Array(along.length);
    for (let length = 1; length > 1e-9; length /= 2) {
      for (let k = 0; k < size; k++)
        trial[k] = length === 1 ? next[k]! : at[k]! + length * (next[k]! - at[k]!);
      for (let i = 0; i < eta.length; i++) eta[i] = this.eta[i]! + length * along[i]!;
      const value = this.model.value(eta) + penaltyOf({ ...judged, w: trial });
      if (
        value <= before + 1e-4 * length * promised + noise &&
        (value < before || promised > -1e3 * noise)
      ) {
        this.eta.set(eta);
        members.forEach((j, k) => {
          this.w[j] = trial[k]!;
        });
        if (this.hasIntercept) this.intercept = trial[size - 1]!;
        this.look();
        return length;
      }
    }
    return 0;
  }

  private placed(
    list: readonly Block[],
    chosen: readonly number[],
    curvatures: Vector,
    intercept: number,
    matrix: { entry(k: number, l: number): number } | undefined,
  ): NonNullable<Subproblem["blocks"]> {
    let start = 0;
    const blocks = chosen.map((b) => {
      const { features, profile, l1 } = list[b]!;
      const m = features.length;
      const first = start;
      start += m;
      // The trace bounds the largest eigenvalue where the matrix is not at hand.
      let curvature = 0;
      if (matrix === undefined) for (let k = first; k < start; k++) curvature += curvatures[k]!;
      else {
        const part = Float64Array.from({ length: m * m }, (_, e) =>
          matrix.entry(first + Math.floor(e / m), first + (e % m)),
        );
        curvature = Math.max(1e-12, symmetricEigen(part, m).values[m - 1]!);
      }
      return { start: first, length: m, profile, l1, curvature };
    });
    if (!this.hasIntercept) return blocks;
    const own = { start: intercept, length: 1, profile: freeProfile, l1: 0 };
    return [...blocks, { ...own, curvature: curvatures[intercept]! }];
  }
}

/** The tangent of a concave profile at a magnitude; where its slope is infinite, a wall. */
function tangentOf(profile: Profile, u: number): Profile {
  const slope = profile.slope(u);
  return Number.isFinite(slope) ? l1Profile(slope) : { ...l1Profile(0), prox: () => 0 };
}
