import type { Vector } from "../../linalg/ask.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import type { Block, Blocks } from "./blocks.ts";
import { blockViolation, type PlacedBlock, type Subproblem } from "./descent.ts";
import type { Design } from "./design.ts";
import type { Ended, Fitter, SolveOptions } from "./fitter.ts";
import { type Gram, gramModel, newtonOnSupport } from "./gram.ts";
import { residualModel } from "./residualModel.ts";
import { solveSubproblem } from "./subproblem.ts";
import { SupportFactor } from "./supportFactor.ts";

/** Sweeps that a block penalty takes at one strength, as a guess. */
const usualSweeps = 40;
/** Strengths to come that a Gram matrix is computed for, at most. */
const strengthsAhead = 8;
/** Into what share of the present violation a working set's own is brought, before all features are looked at again. */
const share = 0.03;
/** Blocks that a working set gains at once, at least: more cost little, for sweeps pass those alone that move; fewer cost a look at all. */
const firstBlocks = 32;

/**
 * ‖y − Xw‖²/(2n) + P(w), for one penalty after another, each from where the last ended: a working set of features by
 * their violations, coordinate descent on its Gram matrix (or for blocks, where that costs less, on the residual), then a
 * look at all features.
 *
 * Columns and y are centred by the caller where there is an intercept.
 *
 * @see Bertrand, Klopfenstein, Bannier, Gidel & Massias (2022), Beyond L1: faster and better sparse models with skglm,
 *   algorithm 1
 */
export class LeastSquares implements Fitter {
  /** The caller centred both sides. */
  readonly intercept = 0;
  /** The coefficients. */
  readonly w: Vector;
  /** −Xᵀ(y − Xw)/n at the present coefficients. */
  readonly gradient: Vector;
  /** y − Xw. */
  readonly residual: Vector;
  /** Second derivatives along each coefficient, ‖x_j‖²/n. */
  readonly curvatures: Vector;
  private readonly design: Design;
  private readonly y: Vector;
  private readonly gram: Gram;
  private readonly factor: SupportFactor;
  private readonly atZero: Vector;
  /** The working set; the Gram matrix is that of its first ones. */
  private members: number[] = [];
  /** Position in the working set by feature, −1 if it is not there. */
  private readonly places: Int32Array;
  private readonly blockCurvatures = new Map<number, number>();

  /** @param curvatures - ‖x_j‖²/n by feature, where it is known */
  constructor(design: Design, y: Vector, curvatures?: Vector) {
    const { samples, features } = design;
    this.design = design;
    this.y = y;
    this.w = new Float64Array(features);
    this.gram = gramModel(design);
    this.factor = new SupportFactor(this.gram.entry);
    this.residual = y.slice();
    this.gradient = new Float64Array(features);
    design.dots(y, this.gradient);
    for (let j = 0; j < features; j++) this.gradient[j] = -this.gradient[j]! / samples;
    this.atZero = this.gradient.slice();
    this.places = new Int32Array(features).fill(-1);
    this.curvatures = curvatures ?? squaresOf(design);
  }

  /** Starts from other coefficients. */
  start(w: Vector): void {
    this.w.set(w);
    this.look();
  }

  keep(): () => void {
    const w = this.w.slice();
    return () => this.start(w);
  }

  /** ‖y − Xw‖²/(2n). */
  get loss(): number {
    let sum = 0;
    for (const r of this.residual) sum += r * r;
    return sum / (2 * this.design.samples);
  }

  solve(blocks: Blocks, options: SolveOptions): Ended {
    const { tolerance, maxSweeps, ahead = 0 } = options;
    let sweeps = 0;
    let candidates = options.candidates ?? [];
    for (;;) {
      const violations = this.violations(blocks);
      let worst = 0;
      for (const violation of violations) worst = Math.max(worst, violation);
      if (worst <= tolerance || sweeps >= maxSweeps) return { violation: worst, sweeps };
      const grown = this.widen(blocks, violations, tolerance);
      const model = this.modelFor(blocks, violations, tolerance, ahead);
      // Down to well below the tolerance at last, so that the next look at all finds it met. Newton steps end there at once;
      // sweeps over blocks go no further than the working set is worth, while it still grows.
      const inner =
        blocks.single || grown === 0 ? 0.2 * tolerance : Math.max(0.2 * tolerance, share * worst);
      sweeps += this.descend(blocks, model, inner, maxSweeps - sweeps);
      while (candidates.length > 0) {
        const found = this.violating(blocks, candidates, Math.max(tolerance, inner));
        if (found.length === 0) break;
        this.admit(blocks, found);
        const again = model === "gram" ? model : [...model, ...found];
        sweeps += this.descend(blocks, again, inner, maxSweeps - sweeps);
      }
      candidates = [];
      this.look();
    }
  }

  /** −(y − Xw)/n. */
  slopes = (): Vector => this.residual.map((r) => -r / this.design.samples);

  weigh(v: Vector): void {
    for (let i = 0; i < v.length; i++) v[i] = v[i]! / this.design.samples;
  }

  hessian(features: readonly number[]): Vector {
    const { design, gram, places } = this;
    const m = features.length;
    const matrix = new Float64Array(m * m);
    if (features.every((j) => places[j]! >= 0 && places[j]! < gram.size)) {
      for (let a = 0; a < m; a++)
        for (let b = 0; b < m; b++)
          matrix[a * m + b] = gram.entry(places[features[a]!]!, places[features[b]!]!);
      return matrix;
    }
    const column = new Float64Array(design.samples);
    features.forEach((j, k) => {
      design.column(j, column);
      design.dotsOf(Int32Array.from(features), m, column, matrix, k * m);
    });
    return matrix.map((entry) => entry / design.samples);
  }

  /** Residual and gradient anew, from the coefficients. */
  private look(): void {
    const { design, gradient, residual } = this;
    this.residualAnew();
    design.dots(residual, gradient);
    for (let j = 0; j < gradient.length; j++) gradient[j] = -gradient[j]! / design.samples;
    this.gram.refresh(gradient);
  }

  private residualAnew(): void {
    this.residual.set(this.y);
    for (let j = 0; j < this.w.length; j++)
      if (this.w[j] !== 0) this.design.add(j, -this.w[j]!, this.residual);
  }

  /** The violation of every block, by the present gradient. */
  violations({ list, single }: Blocks): Vector {
    const { w, gradient, curvatures } = this;
    const out = new Float64Array(list.length);
    if (single) {
      for (let j = 0; j < list.length; j++) {
        const curvature = curvatures[j]!;
        if (curvature === 0) continue;
        const v = w[j]! - gradient[j]! / curvature;
        const size = list[j]!.profile.prox(v < 0 ? -v : v, 1 / curvature);
        out[j] = curvature * Math.abs((v < 0 ? -size : size) - w[j]!);
      }
      return out;
    }
    for (let b = 0; b < list.length; b++) {
      const curvature = this.lookingCurvature(b, list[b]!);
      if (curvature > 0) out[b] = blockViolation(list[b]!, curvature, w, gradient);
    }
    return out;
  }

  /**
   * At a block that is zero, outside of the working set, and whose profile is convex, whether a prox step leaves zero does not depend on the
   * step: the trace will do for the largest eigenvalue, which is dear.
   */
  private lookingCurvature(index: number, block: Block): number {
    const { features, profile } = block;
    if (profile.weakConvexity > 0 || this.places[features[0]!]! >= 0 || !this.isZeroOn(features))
      return this.curvatureOf(index, block);
    let trace = 0;
    for (const j of features) trace += this.curvatures[j]!;
    return trace;
  }

  private isZeroOn(features: Int32Array): boolean {
    for (const j of features) if (this.w[j] !== 0) return false;
    return true;
  }

  /** The largest eigenvalue of a block's Gram matrix. */
  private curvatureOf(index: number, { features }: Block): number {
    if (features.length === 1) return this.curvatures[features[0]!]!;
    const known = this.blockCurvatures.get(index);
    if (known !== undefined) return known;
    const m = features.length;
    const { samples } = this.design;
    const matrix = new Float64Array(m * m);
    this.design.gram(features, 0, m, matrix, m);
    for (let k = 0; k < m; k++)
      for (let l = k + 1; l < m; l++) matrix[k * m + l] = matrix[l * m + k]!;
    const largest = symmetricEigen(matrix, m).values[m - 1]! / samples;
    this.blockCurvatures.set(index, largest);
    return largest;
  }

  /** Adds the worst blocks to the working set: as many as there are in the support, and some. How many were added. */
  private widen(blocks: Blocks, violations: Vector, tolerance: number): number {
    const outside: number[] = [];
    blocks.list.forEach(({ features }, b) => {
      if (violations[b]! > tolerance && this.places[features[0]!]! < 0) outside.push(b);
    });
    let support = 0;
    for (const w of this.w) if (w !== 0) support++;
    const share = support / (blocks.list[0]?.features.length ?? 1);
    const count = Math.max(blocks.single ? 20 : firstBlocks, share);
    outside.sort((a, b) => violations[b]! - violations[a]!);
    const chosen = outside.slice(0, count);
    this.admit(blocks, chosen);
    return chosen.length;
  }

  private admit({ list }: Blocks, chosen: readonly number[]): void {
    for (const b of chosen) {
      for (const j of list[b]!.features) {
        this.places[j] = this.members.length;
        this.members.push(j);
      }
    }
  }

  /**
   * On what the working set is descended: its Gram matrix, which costs m²n to compute and m² a sweep, or the residual, which costs
   * 4mn a sweep: then the blocks that a sweep passes, which are those that are not zero or violate.
   */
  private modelFor(
    { list, single }: Blocks,
    violations: Vector,
    tolerance: number,
    ahead: number,
  ): "gram" | readonly number[] {
    if (single) return "gram";
    const lively: number[] = [];
    let moving = 0;
    list.forEach(({ features }, b) => {
      if (this.places[features[0]!]! < 0) return;
      if (!(violations[b]! > tolerance) && features.every((j) => this.w[j] === 0)) return;
      lively.push(b);
      moving += features.length;
    });
    const { samples: n } = this.design;
    const [all, known] = [this.members.length, this.gram.size];
    const sweeps = usualSweeps * (1 + Math.min(ahead, strengthsAhead));
    const byGram = n * (all * all - known * known) + sweeps * 2 * moving * all;
    return byGram < sweeps * 4 * moving * n ? "gram" : lively;
  }

  /** Blocks outside the working set, of these, that violate; their gradients are brought up to date. */
  private violating(blocks: Blocks, candidates: readonly number[], tolerance: number): number[] {
    const { design, gradient, residual, places } = this;
    const outside = candidates.filter((b) => places[blocks.list[b]!.features[0]!]! < 0);
    if (outside.length === 0) return [];
    this.residualAnew();
    return outside.filter((b) => {
      const block = blocks.list[b]!;
      for (const j of block.features) gradient[j] = -design.dot(j, residual) / design.samples;
      const curvature = this.curvatureOf(b, block);
      return curvature > 0 && blockViolation(block, curvature, this.w, gradient) > tolerance;
    });
  }

  private descend(
    blocks: Blocks,
    model: "gram" | readonly number[],
    tolerance: number,
    maxSweeps: number,
  ): number {
    const { gram, w, design, residual } = this;
    const members = Int32Array.from(this.members);
    const size = members.length;
    const own = Float64Array.from(members, (j) => w[j]!);
    if (model === "gram") gram.add(members.subarray(gram.size), this.gradient, this.atZero);
    const quadratic =
      model === "gram" ? gram : residualModel(design, members, residual, this.curvatures);
    const base = { quadratic, size, w: own };
    const problem: Subproblem = blocks.single
      ? { ...base, profiles: Array.from(members, (j) => blocks.list[j]!.profile) }
      : { ...base, blocks: this.placed(blocks, model === "gram" ? undefined : model) };
    const { profiles } = problem;
    const newton =
      profiles === undefined ? undefined : () => newtonOnSupport(gram, this.factor, own, profiles);
    const solved = solveSubproblem(problem, tolerance, maxSweeps, newton);
    for (let k = 0; k < size; k++) w[members[k]!] = own[k]!;
    return solved.sweeps;
  }

  /** These blocks of the working set, or all of it. */
  private placed({ list }: Blocks, chosen?: readonly number[]): readonly PlacedBlock[] {
    const placed = (b: number): PlacedBlock => {
      const { profile, l1, features } = list[b]!;
      const start = this.places[features[0]!]!;
      return {
        start,
        length: features.length,
        profile,
        l1,
        curvature: this.curvatureOf(b, list[b]!),
      };
    };
    if (chosen !== undefined) return chosen.map(placed);
    return list.flatMap(({ features }, b) => (this.places[features[0]!]! < 0 ? [] : [placed(b)]));
  }
}

function squaresOf(design: Design): Vector {
  const { spreads } = design.moments(false);
  return spreads.map((spread) => spread * spread);
}
