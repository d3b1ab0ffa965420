import type { TypedArray } from "../../array/dtype.ts";
import { descendAlong } from "../../diagnosis/descendAlong.ts";
import { answerAsync, askHvp, type Vector } from "../../linalg/ask.ts";
import { lanczos } from "../../linalg/lanczos.ts";
import { dot, norm } from "../../linalg/vector.ts";
import { withFeaturesAsync } from "../features.ts";
import type { Standing } from "../measure.ts";
import type { RunningPlan } from "../plan.ts";
import { pickRows } from "../rows.ts";

/** Rows of which the gradient is measured, and rows of which the curvature is. */
const [gradientRows, curvatureRows] = [2000, 512] as const;
const batches = 8;
const products = 24;

/** The gradient over some training rows, in eval mode, and how far batches' gradients are from it. */
export async function measureGradient(plan: RunningPlan, at: Standing, step: number) {
  const { spec, order, data, measurements } = plan;
  const rows = Math.min(gradientRows, plan.rows);
  const { gradient } = await measurements.gradient(
    rows === plan.rows ? data : pickRows(data, order.rows(0, rows)),
    at,
  );
  const gradientNorm = norm(gradient);
  return { gradient, gradientNorm, rows, noise: await noiseAt() };

  async function noiseAt(): Promise<number> {
    if (spec.batchSize >= plan.rows) return 0;
    let squares = 0;
    for (let i = 0; i < batches; i++) {
      const batch = pickRows(data, order.rows((step + i) * spec.batchSize, spec.batchSize));
      squares += (await measurements.probe(batch, at, step + i)).gradientNorm ** 2 / batches;
    }
    return Math.sqrt(Math.max(0, squares - gradientNorm ** 2));
  }
}

/** A direction of negative curvature, and how far down it leads. */
export interface Descent {
  readonly smallestEigenvalue: number;
  /** By how much the loss on the rows of the gradient falls; 0 if it does not. */
  readonly fall: number;
  readonly distance: number;
  /** |Gᵀv|/|λ|: how far along the line the stationary point is that gradient and curvature predict. */
  readonly toSaddle: number;
  /** The params there. */
  readonly params: readonly TypedArray[] | undefined;
}

/**
 * Looks for a lower point along the eigenvector of the smallest eigenvalue of the Hessian, by at most 24 products over 512 rows and at
 * most 80 values over 2000.
 */
export async function lowerAlongCurvature(plan: RunningPlan, at: Standing): Promise<Descent> {
  const { measurements, data, order } = plan;
  const take = (most: number) => (most >= plan.rows ? data : pickRows(data, order.rows(0, most)));
  const x = measurements.flat(at.params);
  const curved = withFeaturesAsync(measurements.oracle(take(curvatureRows), at), {}, {});
  const { smallest } = await answerAsync(
    lanczos((v) => askHvp(x, v), x.length, {
      ...{ steps: Math.min(x.length, products), tolerance: 1e-2, seed: plan.seed },
    }),
    curved,
  );
  const smallestEigenvalue = smallest.value;
  if (!(smallestEigenvalue < 0))
    return { smallestEigenvalue, fall: 0, distance: 0, toSaddle: 0, params: undefined };
  const sample = take(gradientRows);
  const { value, gradient } = await measurements.gradient(sample, at);
  const found = await answerAsync(
    descendAlong({ x, value, gradient }, smallest.vector, { tolerance: 0 }),
    withFeaturesAsync(measurements.oracle(sample, at), {}, {}),
  );
  return {
    smallestEigenvalue,
    distance: found?.distance ?? 0,
    toSaddle: Math.abs(dot(gradient, smallest.vector) / smallestEigenvalue),
    fall: found === undefined ? 0 : value - found.value,
    params: found && likeParams(found.x, at.params),
  };
}

function likeParams(x: Vector, params: readonly TypedArray[]): TypedArray[] {
  let offset = 0;
  return params.map((own) => {
    const part = x.subarray(offset, offset + own.length);
    offset += own.length;
    return own instanceof Float32Array ? Float32Array.from(part) : Float64Array.from(part);
  });
}
