import type { TestFunction } from "../../data/testFunctions/testFunction.ts";
import type { VerdictKind } from "../../diagnosis/verdict.ts";
import type { Evaluation, Oracle, Vector } from "../../linalg/ask.ts";
import { minimize } from "../../training/minimize.ts";
import { TracedObjective } from "../../training/objective.ts";
import type { SolveRun } from "./measurement.ts";
import type { ScipyTalk } from "./scipyTalk.ts";

/** SciPy's local methods, with what makes each aim at a gradient norm of 1e-8. */
const tight: Readonly<Record<string, object>> = {
  BFGS: { gtol: 1e-8, maxiter: 20_000 },
  "L-BFGS-B": { gtol: 1e-8, ftol: 0, maxiter: 20_000, maxfun: 20_000 },
  CG: { gtol: 1e-8, maxiter: 20_000 },
  TNC: { gtol: 1e-8, ftol: 0, xtol: 0, maxfun: 20_000 },
  "Newton-CG": { xtol: 1e-12, maxiter: 2_000 },
  "trust-exact": { gtol: 1e-8, maxiter: 10_000 },
  "Nelder-Mead": { xatol: 1e-8, fatol: 1e-8, maxiter: 20_000, maxfev: 20_000 },
};

/** A method's runs, as `classical` has them of all methods. */
interface Runs {
  readonly name: string;
  readonly runs: ReadonlyMap<string, SolveRun & { readonly verdict: VerdictKind }>;
  /** SciPy's own time, without what it asked for. */
  readonly milliseconds: number;
}

/** SciPy's local methods on functions that it asks for, each from its start; the end points are judged as ours are. */
export async function scipyOn(
  talk: ScipyTalk,
  problems: readonly TestFunction[],
  targetOf: (problem: TestFunction) => (value: number) => boolean,
  limit: number,
  report: (line: string) => void,
): Promise<readonly Runs[]> {
  const oracles = new Map(problems.map((problem) => [problem.key, oracleOf(problem)]));
  const all: Runs[] = [];
  for (const [method, options] of Object.entries(tight)) {
    report(`SciPy ${method} on ${problems.length} classic functions`);
    const runs = new Map<string, SolveRun & { verdict: VerdictKind }>();
    let milliseconds = 0;
    for (const problem of problems) {
      const meter = new Meter(oracles.get(problem.key)!, targetOf(problem), limit);
      const job = { method, x0: [...problem.start], options };
      const said = await talk.run(job, (word, x) => meter.answer(word, x));
      if (said === undefined) throw new Error(`SciPy ended during ${method} on ${problem.key}`);
      const [seconds = Number.NaN, ...x] = said;
      milliseconds += 1000 * seconds;
      const { cost, costToTarget } = meter;
      runs.set(problem.key, { x, cost, costToTarget, ...(await judged(problem, x)) });
    }
    all.push({ name: `SciPy ${method} tight`, runs, milliseconds });
  }
  return all;
}

/** The value at a point, and what kind of point it is by our verdict. */
async function judged(
  { f }: TestFunction,
  x: readonly number[],
): Promise<{ value: number; verdict: VerdictKind }> {
  if (!x.every(Number.isFinite)) return { value: Number.NaN, verdict: "diverged" };
  const { value, verdict } = await minimize(f, { x0: [...x], maxIterations: 0, tolerance: 1e-8 });
  return { value, verdict: verdict.kind };
}

function oracleOf({ f, dimension }: TestFunction): Oracle {
  const objective = new TracedObjective(([x]) => (x === undefined ? undefined : f(x)), {
    ...{ shapes: [[dimension]], dtype: "f64" },
  });
  return objective.oracle() as Oracle; // it is asked for values and derivatives only
}

/** Answers, counting gradient-equivalents: a value ⅓, a gradient with its value 1, a Hessian 2n. */
class Meter {
  cost = 0;
  costToTarget: number | null = null;
  readonly #oracle: Oracle;
  readonly #isTarget: (value: number) => boolean;
  readonly #limit: number;

  constructor(oracle: Oracle, isTarget: (value: number) => boolean, limit: number) {
    this.#oracle = oracle;
    this.#isTarget = isTarget;
    this.#limit = limit;
  }

  answer(word: string, x: Vector): readonly number[] | undefined {
    if (this.cost >= this.#limit) return undefined;
    if (word === "h") {
      this.cost += 2 * x.length;
      return [...(this.#oracle({ kind: "hessian", x }) as Vector)]; // as it answers Hessians
    }
    this.cost += word === "v" ? 1 / 3 : 1;
    const { value, gradient } = this.#oracle({ kind: "gradient", x }) as Evaluation; // as it answers gradients
    if (this.costToTarget === null && this.#isTarget(value)) this.costToTarget = this.cost;
    return word === "v" ? [value] : [value, ...gradient];
  }
}
