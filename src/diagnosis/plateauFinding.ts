import { assertNever } from "../base/assert.ts";
import type { Level } from "./levelTest.ts";
import { format } from "./words.ts";

/** What may be done where a loss no longer falls. */
export type PlateauRemedy =
  | "tell"
  | "raise-rate"
  | "add-noise"
  | "restart-schedule"
  | "follow-negative-curvature";

/** Why a loss no longer falls. */
export type PlateauKind = "converged" | "saddle" | "noise-floor" | "oscillation" | "plateau";

/** What was measured where the loss was found level. */
export interface PlateauMeasures {
  readonly level: Level;
  /** ‖G‖ over `rows` training rows, in eval mode, and what counts as stationary. */
  readonly gradientNorm: number;
  readonly tolerance: number;
  readonly rows: number;
  /** √E‖g − G‖² of batches' gradients g. */
  readonly noise: number;
  /** Means of batches' gradient norms: over the last third, and over the first calls of the run. */
  readonly intervals: { readonly first: number; readonly last: number };
  /** What the gradient promises for so many steps as the trend is told from, by the steps that the method takes: −G·Δw each. */
  readonly promised: number;
  /** What following negative curvature would lower the loss on those rows by; undefined where it was not looked for. */
  readonly descent?:
    | {
        readonly smallestEigenvalue: number;
        readonly fall: number;
        /** How far that is, and how far the stationary point is that the curvature predicts along the same line: |Gᵀv|/|λ|. */
        readonly distance: number;
        readonly toSaddle: number;
      }
    | undefined;
}

/** A finding, with the sentences and the change to try. */
export interface PlateauFinding {
  readonly finding: PlateauKind;
  readonly evidence: readonly string[];
  readonly proposal: string;
  /** The remedy that the proposal is, where it is one. */
  readonly remedy: Exclude<PlateauRemedy, "tell"> | undefined;
}

/**
 * Tells why a loss is level. In order: a direction of negative curvature leads lower by more than counts as level, from a stationary point nearby (saddle); the
 * gradient is within the tolerance (converged); the gradient promises a fall that does not come, because
 * batches' gradients are mostly noise (noise floor), or because steps overshoot (oscillation); else the gradient is too small for these
 * steps (plateau).
 */
export function findPlateau(measures: PlateauMeasures): PlateauFinding {
  const finding = kindOf(measures);
  return { finding, evidence: evidenceOf(measures), ...proposalOf(finding) };
}

/** At a saddle is who is nearer to it than this part of the way that leads down from it; a slope that bends down is none. */
const near = 0.05;

function kindOf(measures: PlateauMeasures): PlateauKind {
  const { gradientNorm, tolerance, noise, promised, descent } = measures;
  const { most } = measures.level;
  if (descent !== undefined && descent.fall > most && descent.toSaddle < near * descent.distance)
    return "saddle";
  if (gradientNorm <= tolerance) return "converged";
  if (promised <= most) return "plateau";
  return noise > gradientNorm ? "noise-floor" : "oscillation";
}

function evidenceOf(measures: PlateauMeasures): string[] {
  const { level, gradientNorm, rows, noise, intervals, promised, descent } = measures;
  const { trend, kendall, isStill, most } = level;
  const sentences = [
    `over the last ${trend.steps} steps the loss fell by ${format(trend.fall)} ± ${format(trend.error)}; ${isStill ? "Mann–Kendall's test sees no fall" : `that is less than ${format(most)}, a hundredth of itself; Mann–Kendall's test`} (τ ${format(kendall.tau, 2)}, p ${format(kendall.fallingP, 2)})`,
    `the gradient norm over ${rows} training rows is ${format(gradientNorm)}; batches' are ${format(intervals.last)} on average, ${format(intervals.first)} at the start, and differ from it by ${format(noise)}`,
    `by first order the method's steps should have lowered the loss by ${format(promised)} in that time`,
  ];
  if (descent === undefined) return sentences;
  sentences.push(
    descent.fall > 0
      ? `the smallest eigenvalue of the Hessian is ${format(descent.smallestEigenvalue)}: along its eigenvector the loss falls by ${format(descent.fall)} at distance ${format(descent.distance)}, and a stationary point is expected ${format(descent.toSaddle)} away`
      : `the smallest eigenvalue of the Hessian is ${format(descent.smallestEigenvalue)}, and its eigenvector leads no lower`,
  );
  return sentences;
}

function proposalOf(finding: PlateauKind): Pick<PlateauFinding, "proposal" | "remedy"> {
  switch (finding) {
    case "converged":
      return { proposal: "stop: the gradient is within the tolerance", remedy: undefined };
    case "saddle":
      return {
        proposal:
          'leave the saddle along the negative curvature: onPlateau: "follow-negative-curvature"',
        remedy: "follow-negative-curvature",
      };
    case "noise-floor":
      return {
        proposal: "lower the rate or enlarge the batch: onPlateau({ factor: 0.3, patience: 2 })",
        remedy: undefined,
      };
    case "oscillation":
      return {
        proposal: "lower the rate: steps go back and forth across a valley",
        remedy: undefined,
      };
    case "plateau":
      return {
        proposal: 'raise the rate for a while: onPlateau: "raise-rate"',
        remedy: "raise-rate",
      };
    default:
      return assertNever(finding);
  }
}
