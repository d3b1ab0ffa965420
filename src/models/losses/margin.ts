import { where } from "../../array/operations/elementwise.ts";
import { oneHot } from "../../array/operations/indexing.ts";
import { lift, type Operand } from "../../array/operations/operand.ts";
import { sameShapes } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { type LossOptions, pair, predictions, reduce } from "./reduction.ts";

/** The form of the hinge. */
export interface HingeOptions extends LossOptions {
  /** True for the squared hinge, which is smooth once. */
  readonly squared?: boolean;
}

/**
 * The hinge loss of a support vector machine, binary or for many classes:
 * max(0, 1 − y·z) for labels y of −1 or 1 in the shape of the scores z; or
 * max(0, 1 + maxⱼ≠ᵧ zⱼ − z_y) for labels `i32` `[...batch]` and scores `[...batch, classes]`.
 *
 * @throws NadirError `hinge/shape`, `hinge/dtype`
 * @see Cortes & Vapnik (1995), Support-vector networks
 * @see Crammer & Singer (2001), On the algorithmic implementation of multiclass kernel-based vector machines, eq. (3)
 */
export function hinge(scores: Operand, labels: Operand, options: HingeOptions = {}): Tensor {
  requireKnownOptions("hinge", options, ["squared", "reduction"]);
  const z = predictions("hinge", scores, labels);
  const classes = z.shape[z.shape.length - 1];
  const y = lift(labels, z.graph, "i32");
  const many =
    classes !== undefined && y.dtype === "i32" && sameShapes(y.shape, z.shape.slice(0, -1));
  const shortfall = many
    ? shortfallOfClasses(z, y, classes)
    : marginOf("hinge", z, labels).neg().add(1).relu();
  return reduce(options.squared ? shortfall.square() : shortfall, options);
}

function shortfallOfClasses(z: Tensor, labels: Tensor, classes: number): Tensor {
  const own = oneHot(labels, classes, z.dtype);
  const rival = where(own.greater(0), Number.NEGATIVE_INFINITY, z).max({ axis: -1 });
  return rival
    .sub(z.mul(own).sum({ axis: -1 }))
    .add(1)
    .relu();
}

/** y·z: positive where the sign of the score is right. */
function marginOf(name: string, scores: Operand, labels: Operand): Tensor {
  const [z, y] = pair(name, scores, labels);
  return z.mul(y);
}

/** How far below 0 a margin must be to cost no more. */
export interface RampOptions extends LossOptions {
  /** s < 1. 0 unless said: then no example costs more than 1. */
  readonly s?: number;
}

/**
 * max(0, 1 − y·z) − max(0, s − y·z), for labels y of −1 or 1: a hinge cut off at 1 − s, so that outliers
 * have no pull. A difference of convex functions.
 *
 * @throws NadirError `ramp/s`, `ramp/shape`
 * @see Collobert, Sinz, Weston & Bottou (2006), Trading convexity for scalability, eq. (5)
 */
export function ramp(scores: Operand, labels: Operand, options: RampOptions = {}): Tensor {
  requireKnownOptions("ramp", options, ["s", "reduction"]);
  const s = requireInRange("ramp/s", options.s ?? 0, [Number.NEGATIVE_INFINITY, 1]);
  const margin = marginOf("ramp", scores, labels);
  return reduce(margin.neg().add(1).relu().sub(margin.neg().add(s).relu()), options);
}

/**
 * 1 / (1 + e^(y·z)) for labels y of −1 or 1: a smooth count of mistakes. Not convex.
 *
 * @throws NadirError `sigmoidLoss/shape`
 * @see Mason, Baxter, Bartlett & Frean (1999), Boosting algorithms as gradient descent
 */
export function sigmoidLoss(scores: Operand, labels: Operand, options: LossOptions = {}): Tensor {
  requireKnownOptions("sigmoidLoss", options, ["reduction"]);
  return reduce(marginOf("sigmoidLoss", scores, labels).neg().sigmoid(), options);
}

/**
 * 4 / (1 + e^(y·z))² for labels y of −1 or 1, scaled to 1 at 0. Bounded by 4; not convex.
 *
 * @throws NadirError `savage/shape`
 * @see Masnadi-Shirazi & Vasconcelos (2009), On the design of loss functions for classification, eq. (16)
 */
export function savage(scores: Operand, labels: Operand, options: LossOptions = {}): Tensor {
  requireKnownOptions("savage", options, ["reduction"]);
  return reduce(marginOf("savage", scores, labels).neg().sigmoid().mul(2).square(), options);
}
