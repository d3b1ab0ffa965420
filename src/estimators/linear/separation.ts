import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { nonNegativeCombination } from "../../linalg/nonNegativeCombination.ts";
import { dot, norm } from "../../linalg/vector.ts";
import type { Columns } from "./design.ts";
import type { LossChoice, Targets } from "./task.ts";

/** Rows z of which a direction d makes none negative, z·d ≥ 0, and not all zero, if the likelihood has no maximum. */
export interface Separable {
  /** `[count, width]`, row-major. Of the first `free` rows, z·d must be 0. */
  readonly rows: Vector;
  readonly count: number;
  readonly width: number;
  readonly free: number;
}

/** A direction along which the likelihood never falls. */
export interface Separation {
  readonly direction: Vector;
  /** z·d is above 0 for all rows: no sample lies on the plane. */
  readonly complete: boolean;
  /** Rows with z·d = 0, of those that need not be. */
  readonly on: number;
}

/** Numbers up to which rows are looked at. */
const largest = 4_000_000;
const slack = 1e-9;

/**
 * Looks for a direction d with z·d ≥ 0 for all rows, not all zero: it exists unless some θ > 0 has Σ θz = 0 (Stiemke's lemma). The θ ≥ 1 with the
 * least ‖Σ θz‖ is found by nonnegative least squares; where that is not zero, it is such a direction itself. And likewise
 * with θ ≥ 0, Σ θ = 1 for z·d > 0 (Gordan's lemma). Each direction found is checked, row by row.
 *
 * @returns undefined if there is none, or none could be told from rounding
 * @see Albert & Anderson (1984), On the existence of maximum likelihood estimates in logistic regression models; Konis (2007)
 */
export function separationOf({ rows, count, width, free }: Separable): Separation | undefined {
  // Lengths of rows change no sign.
  const z = rows.slice();
  for (let i = 0; i < count; i++) {
    const own = z.subarray(i * width, (i + 1) * width);
    const length = norm(own);
    if (length > 0) for (let a = 0; a < width; a++) own[a] = own[a]! / length;
  }
  const sum = new Float64Array(width);
  for (let i = free; i < count; i++)
    for (let a = 0; a < width; a++) sum[a] = sum[a]! - z[i * width + a]!;
  const theta = nonNegativeCombination(z, count, sum, free);
  const direction = new Float64Array(width);
  for (let i = 0; i < count; i++) {
    const weight = theta[i]! + (i < free ? 0 : 1);
    for (let a = 0; a < width; a++) direction[a] = direction[a]! + weight * z[i * width + a]!;
  }
  const found = checked(z, count, width, free, direction);
  if (found === undefined || free > 0 || found.complete) return found;
  // Whether another direction leaves no sample on the plane.
  const lifted = new Float64Array(count * (width + 1));
  for (let i = 0; i < count; i++) {
    lifted.set(z.subarray(i * width, (i + 1) * width), i * (width + 1));
    lifted[i * (width + 1) + width] = 1;
  }
  const target = new Float64Array(width + 1);
  target[width] = 1;
  const shares = nonNegativeCombination(lifted, count, target, 0);
  const mean = new Float64Array(width);
  for (let i = 0; i < count; i++)
    for (let a = 0; a < width; a++) mean[a] = mean[a]! + shares[i]! * z[i * width + a]!;
  const strict = checked(z, count, width, 0, mean);
  return strict?.complete ? strict : found;
}

function checked(
  z: Vector,
  count: number,
  width: number,
  free: number,
  direction: Vector,
): Separation | undefined {
  const length = norm(direction);
  if (!(length > slack)) return undefined;
  let on = 0;
  for (let i = 0; i < count; i++) {
    const along = dot(z.subarray(i * width, (i + 1) * width), direction) / length;
    if (along < -slack || (i < free && along > slack)) return undefined;
    if (i >= free && along <= slack) on++;
  }
  if (on === count - free) return undefined;
  return {
    direction: direction.map((value) => value / length),
    complete: on === 0 && free === 0,
    on,
  };
}

/** The rows of a design, with a 1 for an intercept. */
function rowsOf(
  design: Columns,
  intercept: boolean,
): { readonly rows: Vector; readonly width: number } {
  const { samples: n, features: p } = design;
  const width = p + (intercept ? 1 : 0);
  const rows = new Float64Array(n * width).fill(1);
  const column = new Float64Array(n);
  for (let j = 0; j < p; j++) {
    design.column(j, column);
    for (let i = 0; i < n; i++) rows[i * width + j] = column[i]!;
  }
  return { rows, width };
}

/**
 * What separates samples, for a loss whose likelihood may have no maximum.
 *
 * @returns undefined for a loss that always has one, and for data too large to look at
 */
export function separableRows(
  choice: LossChoice,
  targets: Targets,
  design: Columns,
  intercept: boolean,
): Separable | undefined {
  const n = design.samples;
  const size = n * (design.features + 1);
  if (choice !== "logistic" && choice !== "poisson" && choice !== "cox") return undefined;
  const pairs = choice === "cox" ? atRisk(targets).length / 2 : 1;
  if (size * (choice === "cox" ? pairs / n : 1) > largest) return undefined;
  const { rows, width } = rowsOf(design, intercept);
  const { values } = targets;
  if (choice === "logistic") {
    const signed = rows.map((value, e) => value * values[Math.floor(e / width)]!);
    return { rows: signed, count: n, width, free: 0 };
  }
  const out: number[] = [];
  const push = (i: number, sign: number, less?: number): void => {
    for (let a = 0; a < width; a++)
      out.push(sign * rows[i * width + a]! - (less === undefined ? 0 : rows[less * width + a]!));
  };
  if (choice === "cox") {
    const found = atRisk(targets);
    for (let a = 0; a < found.length; a += 2) push(found[a]!, 1, found[a + 1]!);
    return { rows: Float64Array.from(out), count: found.length / 2, width, free: 0 };
  }
  // Counts above 0 hold their predictors; where the count is 0 they may fall for ever.
  const order = Array.from({ length: n }, (_, i) => i);
  const some = order.filter((i) => values[i]! > 0);
  for (const i of some) push(i, 1);
  for (const i of order) if (values[i] === 0) push(i, -1);
  return { rows: Float64Array.from(out), count: n, width, free: some.length };
}

/** Pairs of an event and another sample at risk then. */
function atRisk({ values: times, events }: Targets): number[] {
  const out: number[] = [];
  for (let i = 0; i < times.length; i++) {
    if (events?.[i] !== 1) continue;
    for (let j = 0; j < times.length; j++) if (j !== i && times[j]! >= times[i]!) out.push(i, j);
    if (out.length > largest) break;
  }
  return out;
}

/** For classes: own predictor less another's, for all others; coefficients by feature, then class, the last class being 0. */
export function separableClasses(
  design: Columns,
  labels: Int32Array,
  classes: number,
  intercept: boolean,
): Separable | undefined {
  const { rows, width: p } = rowsOf(design, intercept);
  const width = p * (classes - 1);
  const count = labels.length * (classes - 1);
  if (count * width > largest) return undefined;
  const out = new Float64Array(count * width);
  let row = 0;
  for (let i = 0; i < labels.length; i++) {
    for (let k = 0; k < classes; k++) {
      if (k === labels[i]) continue;
      for (let a = 0; a < p; a++) {
        const value = rows[i * p + a]!;
        if (labels[i]! < classes - 1) out[row * width + a * (classes - 1) + labels[i]!] = value;
        if (k < classes - 1) out[row * width + a * (classes - 1) + k] = -value;
      }
      row++;
    }
  }
  return { rows: out, count, width, free: 0 };
}

/**
 * Refuses samples whose likelihood has no maximum.
 *
 * @param features - how many of the direction's first entries are columns of the design, to be named
 * @throws NadirError `linear/separable`
 */
export function refuseSeparation(
  choice: "logistic" | "poisson" | "cox" | "classes",
  { complete, on, direction }: Separation,
  features = 0,
): never {
  const where = complete ? "" : `, but for those that lie on it (${on})`;
  const what = {
    logistic: `the two classes are separated by a plane${where}`,
    classes: `some classes are separated from others by planes${where}`,
    poisson: "some counts of 0 lie beyond a plane that holds all counts above 0",
    cox: "some predictor orders all events before those at risk with them",
  }[choice];
  const parts = direction.slice(0, features).map(Math.abs);
  const most = parts.reduce((top, value) => Math.max(top, value), 0);
  const column = features === 0 ? "" : `; column ${parts.indexOf(most)} tells them apart most`;
  throw new NadirError("linear/separable", what, {
    expected: "samples that overlap: else the likelihood rises for ever as coefficients grow",
    hint: `add a penalty: squaredL2(1e-3) or l1(1e-3)${column}`,
  });
}
