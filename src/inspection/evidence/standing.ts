import { unflatten } from "../../array/tree.ts";
import type { PointEvidence } from "../../diagnosis/advice/evidence.ts";
import type { TrainingProblem } from "../../training/defineTraining.ts";
import { DataOrder } from "../../training/order.ts";
import { pickRows } from "../../training/rows.ts";
import type { Values } from "../../training/values.ts";
import type { Located } from "../point.ts";
import { spectrum } from "../spectrum.ts";
import { lossByMode, type SignalProgram, type Signals } from "./signals.ts";

/** Batches that are evaluated in training mode. */
const trainingBatches = 8;
/** Rows that curvature is measured on, at most. */
const curvatureRows = 256;

export interface StandingOptions {
  readonly batchSize: number;
  /** Rows looked at. */
  readonly rows: number;
  /** Products with the Hessian. */
  readonly products: number;
}

/** A tree of the arrays. */
export const treeOfValues = ({ structure, arrays }: Values): unknown =>
  unflatten(structure, arrays);

/** What is measured of a point of a run: what goes on inside, the loss in training mode, both ends of the spectrum. */
export async function standingAt(
  problem: TrainingProblem,
  located: Located,
  program: SignalProgram,
  { batchSize, rows, products }: StandingOptions,
): Promise<{ readonly signals: Signals; readonly point: PointEvidence }> {
  const { params, state, seed } = located;
  const [arrays, own] = [params, state].map((values) => values.arrays.map(({ data }) => data));
  const signals = await program.at(arrays!, own!);
  const order = new DataOrder(located.rows, seed, true);
  const count = Math.max(1, Math.min(trainingBatches, Math.floor(located.rows / batchSize)));
  const batches = Array.from({ length: count }, (_, i) =>
    pickRows(located.data, order.rows(i * batchSize, batchSize)),
  );
  const modes = await lossByMode(located, batches, arrays!, own!);
  const remembered = state.arrays.reduce((sum, { size }) => sum + size, 0);
  const { isNormalized } = signals.point;
  const point = {
    ...{ ...signals.point, remembered },
    isNormalized: isNormalized || remembered > 0,
  };
  if (!Number.isFinite(point.loss) || !Number.isFinite(point.gradientNorm))
    return { signals, point: { ...point, modes } };
  const { largest, smallest } = await spectrum(problem, {
    at: treeOfValues(params),
    ...(own!.length === 0 ? {} : { state: treeOfValues(state) }),
    ...{ rows: Math.min(curvatureRows, rows), largest: 1, smallest: 1, maxProducts: products },
  });
  const [high, low] = [largest[0]!, smallest[0]!];
  const error = Math.max(high.error, low.error);
  const curvature = { largest: high.value, smallest: low.value, error };
  return { signals, point: { ...point, modes, curvature } };
}
