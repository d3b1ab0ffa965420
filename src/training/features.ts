import { NadirError } from "../base/errors.ts";
import type {
  AsyncOracle,
  AsyncSmoothOracle,
  Features,
  Oracle,
  Reply,
  Request,
  SmoothOracle,
  SmoothRequest,
} from "../linalg/ask.ts";
import type { OracleFeature, Solver } from "../methods/solvers/solver.ts";

/** How often each kind of request was answered. */
export type Counts = Partial<Record<OracleFeature, number>>;

const smoothKinds = new Set<OracleFeature>(["value", "gradient", "hvp", "hessian"]);

const isSmooth = (request: Request): request is SmoothRequest => smoothKinds.has(request.kind);

/** What a problem must have for a request to be answered, and how it is given. */
const origins = {
  residuals: ["the terms of a sum of squares", "minimize(leastSquares((x) => residuals), …)"],
  jacobian: ["the terms of a sum of squares", "minimize(leastSquares((x) => residuals), …)"],
  gnvp: [
    "a sum of squares, or a model under a convex loss",
    "minimize(leastSquares((x) => residuals), …), or in fit loss: compositeLoss(outputs, loss)",
  ],
  "row-count": ["a sum over rows of data", "minimize(finiteSum(loss, data), …)"],
  rows: ["a sum over rows of data", "minimize(finiteSum(loss, data), …)"],
  project: ["a set to stay in", "constraint: box(0, 1)"],
  bounds: ["bounds on each unknown", "constraint: box(0, 1)"],
  "projected-gradient": ["a set to stay in", "constraint: box(0, 1)"],
  "linear-minimum": ["a bounded set to stay in", "constraint: simplex()"],
  penalty: ["a penalty", "penalty: l1(0.1)"],
  prox: ["a penalty", "penalty: l1(0.1)"],
  "penalty-slopes": ["a penalty that is a sum over coordinates", "penalty: mcp(0.1)"],
  "convex-part": ["a difference of convex functions", "minimize(differenceOfConvex(g, h), …)"],
  "subtracted-part": ["a difference of convex functions", "minimize(differenceOfConvex(g, h), …)"],
  constraints: ["constraint functions", "constraint: constraints({ equalities: (x) => … })"],
  "constraint-pullback": [
    "constraint functions",
    "constraint: constraints({ equalities: (x) => … })",
  ],
} as const satisfies Partial<Record<OracleFeature, readonly [string, string]>>;

/**
 * Refuses a solver that needs what the problem does not have, before any work.
 *
 * @throws NadirError `minimize/needs`
 */
export function requireFeatures(
  solver: Solver,
  features: { readonly [K in keyof Features]?: unknown },
): void {
  for (const need of solver.needs) {
    if (smoothKinds.has(need) || need in features) continue;
    const [what, how] = origins[need as keyof typeof origins];
    throw new NadirError(
      "minimize/needs",
      `${solver.name} needs ${what}, and this problem has none`,
      {
        expected: `a problem with ${what}`,
        hint: how,
      },
    );
  }
}

/** Answers smooth requests by one oracle and the others by the problem's features, and counts the others. */
export function withFeatures(smooth: SmoothOracle, features: Features, counts: Counts): Oracle {
  return (request) =>
    isSmooth(request) ? smooth(request) : answerFeature(request, features, counts);
}

/** `withFeatures` for an oracle that answers in its own time. */
export function withFeaturesAsync(
  smooth: AsyncSmoothOracle,
  features: Features,
  counts: Counts,
): AsyncOracle {
  return async (request) =>
    isSmooth(request) ? smooth(request) : answerFeature(request, features, counts);
}

function answerFeature(
  request: Exclude<Request, SmoothRequest>,
  features: Features,
  counts: Counts,
): Reply {
  // The table's type pairs each kind with a function of just that kind of request.
  const own = features[request.kind] as ((request: Request) => Reply) | undefined;
  if (own === undefined) {
    throw new NadirError(
      "minimize/needs",
      `the method asked for "${request.kind}", which it did not announce`,
      {
        expected: "a solver that lists in `needs` all that it asks for",
      },
    );
  }
  counts[request.kind] = (counts[request.kind] ?? 0) + 1;
  return own(request);
}
