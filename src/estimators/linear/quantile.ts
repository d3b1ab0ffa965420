import type { Vector } from "../../linalg/ask.ts";
import { cholesky } from "../../linalg/cholesky.ts";
import type { Blocks } from "./blocks.ts";
import type { Columns } from "./design.ts";
import type { Ended, Fitter, SolveOptions } from "./fitter.ts";
import { type Loss, meanLoss } from "./loss.ts";
import { ProxNewton } from "./proxNewton.ts";
import { pinball } from "./sampleLosses.ts";

/** Rounds of multipliers at most for one penalty. */
const maxRounds = 200;
/** Sweeps at most in one round: what is left then is left to the next. */
const maxInnerSweeps = 5_000;

/**
 * Quantile regression: the pinball loss, which has kinks, by the method of multipliers. In each round the loss is replaced by its
 * Moreau envelope about the multipliers t so far, which is smooth,
 *
 *     w ← argmin (1/n) Σ e_h(x_iw + b + h·t_i) + P(w),   e_h(z) = min_v ρ(v − y_i) + (v − z)²/(2h),
 *
 * solved by proximal Newton steps, and t ← e_h′ there. The t are slopes of ρ, so that t/n is a point of the dual in every
 * round, and once w meets the samples that it will meet, few rounds make both exact: the h need not go to 0.
 *
 * @see Rockafellar (1976), Augmented Lagrangians and applications of the proximal point algorithm in convex programming;
 *   Koenker & Bassett (1978), Regression quantiles
 */
export class QuantileFitter implements Fitter {
  /** The loss itself, with kinks. */
  readonly pinball: Loss;
  private readonly design: Columns;
  private readonly y: Vector;
  private readonly quantile: number;
  private readonly hasIntercept: boolean;
  private readonly multipliers: Vector;
  /** The size of what is left of y by a constant. */
  private readonly size: number;
  private h: number;
  private smooth: ProxNewton;

  constructor(design: Columns, y: Vector, quantile: number, hasIntercept: boolean) {
    this.design = design;
    this.y = y;
    this.quantile = quantile;
    this.hasIntercept = hasIntercept;
    this.pinball = meanLoss(pinball(quantile), y);
    this.multipliers = new Float64Array(y.length);
    const constant = hasIntercept ? this.pinball.constant : 0;
    this.size = y.reduce((sum, value) => sum + Math.abs(value - constant), 0) / y.length || 1;
    this.h = this.size;
    this.smooth = this.smoothed();
    this.reset();
  }

  /** To the best constant, with multipliers that sum to 0: those of samples that lie at the constant make up for the others'. */
  reset(): void {
    const { y, multipliers, quantile, hasIntercept } = this;
    const constant = hasIntercept ? this.pinball.constant : 0;
    let rest = 0;
    let tied = 0;
    for (let i = 0; i < y.length; i++) {
      const t = y[i]! > constant ? -quantile : y[i]! < constant ? 1 - quantile : 0;
      multipliers[i] = t;
      rest += t;
      if (y[i] === constant) tied++;
    }
    for (let i = 0; hasIntercept && i < y.length; i++)
      if (y[i] === constant) multipliers[i] = -rest / tied;
    this.h = this.size;
    this.smooth = this.smoothed();
    this.smooth.start(new Float64Array(this.design.features), constant);
  }

  get w(): Vector {
    return this.smooth.w;
  }
  get intercept(): number {
    return this.smooth.intercept;
  }
  get gradient(): Vector {
    return this.smooth.gradient;
  }
  get curvatures(): Vector {
    return this.smooth.curvatures;
  }
  get loss(): number {
    return this.pinball.value(this.smooth.eta);
  }

  slopes = (): Vector => this.smooth.slopes();

  weigh(v: Vector): void {
    this.smooth.weigh(v);
  }

  start(w: Vector, intercept: number): void {
    this.smooth.start(w, intercept);
  }

  keep(): () => void {
    const { intercept, h } = this;
    const [w, multipliers] = [this.w.slice(), this.multipliers.slice()];
    return () => {
      this.multipliers.set(multipliers);
      this.h = h;
      this.smooth = this.smoothed();
      this.smooth.start(w, intercept);
    };
  }

  solve(blocks: Blocks, { tolerance, maxSweeps }: SolveOptions): Ended {
    const { multipliers, y } = this;
    const n = y.length;
    let sweeps = 0;
    let change = 1;
    this.h = Math.max(this.h, this.size / 64);
    for (let round = 0; ; round++) {
      // Multipliers move by what slopes are off, times samples over those that are met.
      const wanted = Math.max(2e-3 * tolerance, 1e-3 * Math.min(1, change) * change);
      const ended = this.smooth.solve(blocks, {
        tolerance: Math.max(wanted, this.rounding()),
        maxSweeps: Math.min(maxSweeps - sweeps, maxInnerSweeps),
      });
      sweeps += ended.sweeps;
      const slopes = this.smooth.slopes();
      const before = change;
      change = 0;
      for (let i = 0; i < n; i++)
        change = Math.max(change, Math.abs(n * slopes[i]! - multipliers[i]!));
      // h·change: how far a predictor is from where its slope belongs.
      const violation = Math.max(ended.violation, (change * this.h) / this.size);
      if (violation <= tolerance || round === maxRounds || sweeps >= maxSweeps)
        return { violation, sweeps };
      for (let i = 0; i < n; i++) multipliers[i] = n * slopes[i]!;
      // Below 1e-6 a small h only makes rounding larger.
      if (change > 0.3 * before && change > 1e-6 && this.h > 1e-5 * this.size) this.h /= 4;
      const { w, intercept } = this;
      this.smooth = this.smoothed();
      this.smooth.start(w, intercept);
    }
  }

  /** What rounding of predictors makes of slopes. */
  private rounding(): number {
    const { y, h, smooth } = this;
    const level = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const bend = smooth.curvatures.reduce((most, value) => Math.max(most, value), 0);
    return (Number.EPSILON * level * Math.sqrt(bend / h)) / Math.sqrt(y.length);
  }

  /** The columns' products, as if the loss were curved by 1 everywhere: whether they depend on each other. */
  hessian(features: readonly number[]): Vector {
    const { design, hasIntercept } = this;
    const n = design.samples;
    const m = features.length;
    const out = new Float64Array(m * m);
    const column = new Float64Array(n);
    features.forEach((j, k) => {
      design.column(j, column);
      const mean = hasIntercept ? column.reduce((sum, value) => sum + value, 0) / n : 0;
      for (let i = 0; i < n; i++) column[i] = (column[i]! - mean) / n;
      design.dotsOf(Int32Array.from(features), m, column, out, k * m);
    });
    return out;
  }

  /**
   * Whether the loss rises at once along every direction of these features and the intercept: as many samples are met exactly
   * as it takes, each with a multiplier inside its interval.
   */
  corner(features: readonly number[]): boolean {
    const { y, design, quantile, hasIntercept } = this;
    const n = y.length;
    const slopes = this.smooth.slopes();
    const met = slopes.map((slope) =>
      n * slope > -quantile + 1e-6 && n * slope < 1 - quantile - 1e-6 ? 1 : 0,
    );
    const columns = features.map((j) => {
      const column = new Float64Array(n);
      design.column(j, column);
      return column.map((value, i) => value * met[i]!);
    });
    if (hasIntercept) columns.push(met);
    const m = columns.length;
    const products = new Float64Array(m * m);
    const lengths = columns.map((c) => Math.sqrt(c.reduce((sum, v) => sum + v * v, 0)));
    if (lengths.some((length) => length === 0)) return false;
    for (let a = 0; a < m; a++)
      for (let b = 0; b < m; b++)
        products[a * m + b] =
          columns[a]!.reduce((sum, v, i) => sum + v * columns[b]![i]!, 0) /
          (lengths[a]! * lengths[b]!);
    return m === 0 || cholesky(products, m, products, -1e-10);
  }

  /** Proximal Newton steps on the envelope about the present multipliers. */
  private smoothed(): ProxNewton {
    const { y, multipliers, quantile: tau, h, pinball: own } = this;
    const n = y.length;
    const clamp = (t: number): number => Math.max(-tau, Math.min(1 - tau, t));
    const envelope: Loss = {
      samples: n,
      constant: own.constant,
      bendBound: 1 / h,
      flatParts: true,
      value: (eta) => {
        let sum = 0;
        for (let i = 0; i < n; i++) {
          const r = eta[i]! - y[i]! + h * multipliers[i]!;
          const slope = clamp(r / h);
          sum += slope * (r - 0.5 * h * slope);
        }
        return sum / n;
      },
      derivatives: (eta, slopes, bends) => {
        for (let i = 0; i < n; i++) {
          const t = (eta[i]! - y[i]!) / h + multipliers[i]!;
          const slope = clamp(t);
          slopes[i] = slope / n;
          bends[i] = slope === t ? 1 / (h * n) : 0;
        }
      },
    };
    return new ProxNewton(this.design, envelope, this.hasIntercept);
  }
}
