import { findTestFunction } from "../../../data/testFunctions/registry.ts";
import type { TestFunction } from "../../../data/testFunctions/testFunction.ts";
import type { Bounds, Evaluation, Oracle, Reply, Request, Vector } from "../../../linalg/ask.ts";
import { randomStream, uniform } from "../../../linalg/random.ts";
import { box } from "../../../methods/constraints/box.ts";
import { holdParams } from "../../../methods/constraints/held.ts";
import { setFeatures } from "../../../training/constraintFeatures.ts";
import { withFeatures } from "../../../training/features.ts";
import { TracedObjective } from "../../../training/objective.ts";

/** The multimodal functions, with as many unknowns as they are searched in. */
const names: readonly (readonly [key: string, dimension?: number])[] = [
  ...([["himmelblau"], ["six-hump-camel"], ["branin"], ["goldstein-price"]] as const),
  ...([["hartmann3"], ["hartmann6"], ["shekel"], ["levy13"], ["easom"], ["drop-wave"]] as const),
  ...([["eggholder"], ["holder-table"], ["shubert"], ["schaffer2"], ["cross-in-tray"]] as const),
  ...([
    ["rastrigin", 4],
    ["ackley", 4],
    ["griewank", 4],
    ["levy", 4],
  ] as const),
  ...([
    ["styblinski-tang", 4],
    ["schwefel", 4],
    ["michalewicz", 4],
    ["salomon", 4],
  ] as const),
];

/** A function to find the lowest minimum of. */
export interface Course {
  readonly name: string;
  readonly dimension: number;
  readonly bounds: Bounds;
  /** A value this low is the global minimum's: f* + 1e-4·(1 + |f*|). */
  readonly target: number;
  readonly oracle: Oracle;
}

export const courses: readonly (() => Course)[] = names.map(([key, dimension]) => () => {
  const entry = findTestFunction(key, dimension);
  return courseOf(entry);
});

function courseOf({ key, f, dimension, domain = [], minima }: TestFunction): Course {
  const lowest = minima[0]?.value ?? Number.NaN;
  const held = holdParams(
    box(
      domain.map(([low]) => low),
      domain.map(([, high]) => high),
    ),
    { shapes: [[dimension]], paths: [""] },
  );
  const objective = new TracedObjective(([x]) => (x === undefined ? undefined : f(x)), {
    shapes: [[dimension]],
    dtype: "f64",
  });
  const bounds = {
    lower: Float64Array.from(domain, ([low]) => low),
    upper: Float64Array.from(domain, ([, high]) => high),
  };
  return {
    name: dimension === 2 ? key : `${key} ${dimension}`,
    ...{ dimension, bounds, target: lowest + 1e-4 * (1 + Math.abs(lowest)) },
    oracle: withFeatures(objective.oracle(), setFeatures(held), {}),
  };
}

/** Where the search of a seed begins, whoever searches: uniform in the domain. */
export function startOf({ bounds }: Course, seed: number): Vector {
  const random = randomStream(seed, 1);
  return bounds.lower.map((low, i) => low + (bounds.upper[i]! - low) * uniform(random));
}

/** Answers for a course, counts what that costs, and sees when the global minimum was met first. */
export class Referee {
  readonly #course: Course;
  readonly #budget: number;
  #last: { readonly kind: string; readonly x: Vector } | undefined;
  /** In units of one gradient: a value ⅓, value and gradient together 1. */
  spent = 0;
  /** What had been spent when a value at or below the target was seen in the domain. */
  met: number | undefined;

  constructor(course: Course, budget: number) {
    this.#course = course;
    this.#budget = budget;
  }

  /** True when there is nothing more to see. */
  get isOver(): boolean {
    return this.met !== undefined || this.spent >= this.#budget;
  }

  answer(request: Request): Reply {
    const reply = this.#course.oracle(request);
    if (request.kind !== "value" && request.kind !== "gradient") return reply;
    const { kind, x } = request;
    // The gradient where the value was just asked for completes the pair.
    const isSecond = kind === "gradient" && this.#last?.kind === "value" && same(this.#last.x, x);
    this.spent += kind === "value" ? 1 / 3 : isSecond ? 2 / 3 : 1;
    this.#last = { kind, x: x.slice() };
    // A `gradient` request is answered by an Evaluation, a `value` request by a number.
    const value = kind === "value" ? (reply as number) : (reply as Evaluation).value;
    const { bounds, target } = this.#course;
    const isInside = x.every((xi, i) => xi >= bounds.lower[i]! && xi <= bounds.upper[i]!);
    if (isInside && value <= target) this.met ??= this.spent;
    return reply;
  }
}

const same = (a: Vector, b: Vector): boolean => a.every((ai, i) => ai === b[i]);
