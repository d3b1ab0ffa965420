import {
  adam,
  crossEntropy,
  dataset,
  dense,
  dropout,
  fit,
  matrixFactorization,
  minimize,
  relu,
  sequential,
  solveProgram,
} from "nadir";

/** What is computed in Node and in a browser, to be compared. */
export interface Work {
  /** The Rosenbrock function from (−1.2, 1), on the engine `js`. */
  readonly minimum: {
    readonly x: readonly number[];
    readonly value: number;
    readonly verdict: string;
  };
  /** A linear program, solved and certified. */
  readonly program: { readonly x: readonly number[]; readonly verdict: string };
  /** Objective and end of a small factorization: WebAssembly without threads in a page. */
  readonly factors: { readonly objective: number; readonly verdict: string };
  /** The mean losses of the epochs of a small training, and where it ended. */
  readonly js: Trained;
  readonly onnx: Trained;
}

interface Trained {
  readonly engine: string;
  readonly losses: readonly number[];
  readonly test: number;
  readonly verdict: string;
}

/** Minimizes a function, and trains one network on each engine. The same code runs in Node and in a page. */
export async function work(): Promise<Work> {
  const { x, value, verdict } = await minimize(
    (x) => x.at(1).sub(x.at(0).square()).square().mul(100).add(x.at(0).sub(1).square()),
    { x0: [-1.2, 1], engine: "js" },
  );
  const minimum = { x, value, verdict: verdict.kind };
  const solved = await solveProgram({
    minimize: { linear: [-3, -5] },
    constraints: [
      { coefficients: [0, 2], upper: 12 },
      { coefficients: [3, 2], upper: 18 },
    ],
    bounds: { lower: 0, upper: [4, Number.POSITIVE_INFINITY] },
  });
  const program = { x: [...solved.x], verdict: solved.verdict.kind };
  return {
    minimum,
    program,
    factors: factorize(),
    js: await train("js"),
    onnx: await train("onnx"),
  };
}

/** Three of four entries of a 12 × 9 matrix, under a penalty so strong that few factors are left: certified by duality. */
function factorize(): Work["factors"] {
  const entries = Array.from({ length: 108 }, (_, e) => e).filter((e) => e % 4 !== 1);
  const { history, verdict } = matrixFactorization({
    rank: 6,
    strength: 1.5,
    weighted: false,
    iterations: 3000,
    tolerance: 1e-13,
  }).fit({
    users: entries.map((e) => Math.floor(e / 9)),
    items: entries.map((e) => e % 9),
    values: entries.map((e) => Math.sin(e * e) + Math.cos(e)),
  });
  return { objective: history.at(-1) ?? Number.NaN, verdict: verdict.kind };
}

/** Three classes on three rings; the hidden layers are wide enough that ONNX Runtime would share them between threads. */
async function train(engine: "js" | "onnx"): Promise<Trained> {
  const model = sequential(dense(96), relu(), dropout(0.1), dense(96), relu(), dense(3));
  const run = await fit({
    params: model.init([2]),
    loss: (params, batch, context) =>
      crossEntropy(model.apply(params, batch.x, context), batch.label),
    data: rings(600, 0),
    test: rings(300, 0.5),
    method: adam(1e-2),
    epochs: 8,
    batchSize: 50,
    seed: 3,
    engine,
  });
  return {
    engine: run.engine,
    losses: run.history.map(({ loss }) => loss),
    test: run.metrics["testLoss"] ?? Number.NaN,
    verdict: run.verdict.kind,
  };
}

/** Points on rings of radius 1, 2 and 3, spread by a golden angle: no draw, so that any machine has the same. */
function rings(count: number, shift: number) {
  const x = new Float32Array(2 * count);
  const label = Int32Array.from({ length: count }, (_, i) => i % 3);
  label.forEach((ring, i) => {
    const angle = (i + shift) * Math.PI * (3 - Math.sqrt(5));
    const radius = ring + 1 + 0.3 * Math.sin(7 * i);
    x.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
  });
  return dataset({ x: pairs(x), label });
}

const pairs = (flat: Float32Array): number[][] =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
