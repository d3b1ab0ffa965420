import { bernoulli } from "../../../array/operations/random.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { curves } from "../../../data/curves.ts";
import { adam, kfac, nesterov } from "../../../methods/rules/registry.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import { hessianFree, lbfgs } from "../../../methods/solvers/registry.ts";
import type { HessianFreeState } from "../../../methods/solvers/secondOrder/hessianFree.ts";
import type { Solver } from "../../../methods/solvers/solver.ts";
import { dense } from "../../../models/layers/dense.ts";
import { binaryCrossEntropy } from "../../../models/losses/binaryCrossEntropy.ts";
import { tanh } from "../../../models/overloads.ts";
import { sequential } from "../../../models/sequential.ts";
import { compositeLoss } from "../../../training/compositeLoss.ts";
import { dataset } from "../../../training/dataset.ts";
import { fit } from "../../../training/fit.ts";
import type { Problem } from "../../../training/problem.ts";
import { untyped } from "../../../training/untyped.ts";

/** What one iteration of Hessian-free optimization did. */
export interface Iteration {
  readonly passes: number;
  /** λ in the products of this iteration. */
  readonly damping: number;
  readonly products: number;
  readonly loss: number;
  readonly isRejected: boolean;
}

/** A method with its settings, in words too. */
export interface Contender {
  readonly name: string;
  /** One for each setting tried, the best of which is shown. */
  readonly settings: readonly { readonly words: string; make(): Rule | Solver }[];
  /** Passes over the data that an epoch of its steps takes: 1.25 with gradients of a quarter of each batch besides. */
  readonly price: number;
}

const batchSize = 100;
/** Rows of the products of an iteration of Hessian-free optimization. */
const curvatureRows = 125;

/** Each at a few settings. */
export const contenders: readonly Contender[] = [
  {
    name: "Adam",
    settings: [1e-3, 3e-3, 1e-2].map((rate) => ({
      words: `rate ${rate}`,
      make: () => adam(rate) as Rule,
    })),
    price: 1,
  },
  {
    name: "Nesterov",
    settings: [3, 10, 30].map((rate) => ({
      words: `rate ${rate}, momentum 0.95`,
      make: () => nesterov(rate, { momentum: 0.95 }) as Rule,
    })),
    price: 1,
  },
  {
    name: "K-FAC",
    settings: [1e-5, 1e-6].map((klClip) => ({
      words: `λ 1e-4, κ ${klClip.toExponential()}`,
      // The loss is a mean over 784 pixels: curvature and divergence are that much smaller than of a picture.
      make: () => kfac(0.1, { damping: 1e-4, klClip }) as Rule,
    })),
    price: 1.25,
  },
  {
    name: "Hessian-free",
    settings: [
      {
        words: `products on ${curvatureRows} rows`,
        make: () => asSolver(hessianFree({ curvatureRows })),
      },
    ],
    price: 1,
  },
  { name: "L-BFGS", settings: [{ words: "all rows", make: () => asSolver(lbfgs()) }], price: 1 },
];

// A solver's state is its own: who drives it only hands it back.
const asSolver = <S>(solver: Solver<S>): Solver => solver as Solver;

/** Where a run stood. */
export interface Stand {
  readonly passes: number;
  readonly seconds: number;
  readonly loss: number;
}

/** One run: its course, and what its iterations did where it is Hessian-free. */
export interface Course {
  readonly stands: readonly Stand[];
  readonly iterations: readonly Iteration[];
  readonly steps: number;
}

/** The deep autoencoder, after so many pictures. Its loss is the mean over pixels. */
export function autoencoder(images: number): Problem<unknown, unknown, unknown> {
  const model = sequential(
    ...[dense(200), tanh(), dense(50), tanh(), dense(6)],
    ...[dense(50), tanh(), dense(200), tanh(), dense(784)],
  );
  type Weights = Parameters<typeof model.apply>[0];
  const loss = compositeLoss(
    (params: Weights, batch: { readonly x: Tensor }) => model.apply(params, batch.x),
    (logits: Tensor, batch: { readonly x: Tensor }) => binaryCrossEntropy(logits, batch.x),
    {
      // The loss is 1/784 of −log p: pixels away from their mean p by √784 times as much.
      drawTargets: (logits, batch, key) => {
        const p = logits.sigmoid();
        const deviation = bernoulli(key, p, p.shape).cast(p.dtype).sub(p);
        return { ...batch, x: p.add(deviation.mul(Math.sqrt(784))) };
      },
    },
  );
  return untyped({ params: model.init([784]), loss, data: dataset({ x: curves(images) }) });
}

/** Trains for so many passes over the data: what a gradient of all rows costs, a Gauss–Newton product twice that on its rows. */
export async function runOf(
  posed: ReturnType<typeof autoencoder>,
  { price }: Contender,
  method: Rule | Solver,
  passes: number,
  seed: number,
): Promise<Course> {
  const stands: Stand[] = [];
  const iterations: Iteration[] = [];
  let [seconds, since] = [0, 0];
  const watched = method.kind === "solver" ? traced(method, iterations) : method;
  const { steps } = await fit({
    ...{ ...posed, method: watched, seed, engine: "onnx", tolerance: 0 },
    ...(method.kind === "rule"
      ? { batchSize, epochs: passes / price, validation: posed.data }
      : { epochs: passes }),
    onEvent: (event) => {
      const now = performance.now();
      if (event.kind === "progress") seconds += (now - since) / 1000;
      const epoch = "epoch" in event ? (event.epoch ?? 0) : 0;
      if (event.kind === "progress" && method.kind === "solver") {
        stands.push({ passes: epoch, seconds, loss: event.loss });
        const last = iterations.at(-1);
        if (last !== undefined) iterations[iterations.length - 1] = { ...last, passes: epoch };
      }
      const { validationLoss } = event.kind === "evaluation" ? event.metrics : {};
      if (event.kind === "evaluation" && validationLoss !== undefined)
        stands.push({ passes: epoch * price, seconds, loss: validationLoss });
      since = performance.now();
    },
  });
  return { stands, iterations, steps };
}

/** A solver whose iterations are told, if it is Hessian-free optimization. */
function traced(solver: Solver, iterations: Iteration[]): Solver {
  if (solver.name !== "hessianFree") return solver;
  return {
    ...solver,
    *step(point, state) {
      const { damping, products, rejected } = { ...(state as HessianFreeState) }; // its own state, which its step changes
      const step = yield* solver.step(point, state);
      const after = step.state as HessianFreeState;
      iterations.push({
        passes: 0,
        damping,
        products: after.products - products,
        loss: step.point.value,
        isRejected: after.rejected > rejected,
      });
      return step;
    },
  };
}
