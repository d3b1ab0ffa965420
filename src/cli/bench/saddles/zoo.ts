import { testFunctions } from "../../../data/testFunctions/registry.ts";
import type { StationaryPoint, TestFunction } from "../../../data/testFunctions/testFunction.ts";
import type { Vector } from "../../../linalg/ask.ts";
import { symmetricEigen } from "../../../linalg/symmetricEigen.ts";
import type { Table } from "../experiment.ts";
import { type Contender, type Instance, oracleFor, race } from "./race.ts";
import { summarize, summaryText } from "./statistics.ts";

/** Every listed strict saddle and maximum of the functions that are bounded below. */
const zoo = (): readonly (readonly [TestFunction, StationaryPoint])[] =>
  [...testFunctions.values()].flatMap((entry) =>
    entry.family !== "saddle" || entry.unboundedBelow
      ? []
      : (entry.stationary ?? []).flatMap((point) =>
          point.kind === "degenerate" ? [] : [[entry, point] as const],
        ),
  );

/** A run from exactly such a point. The step size is half of what the largest listed curvature allows. */
function instanceAt(
  { f, dimension, minima, stationary = [] }: TestFunction,
  from: StationaryPoint,
) {
  const oracle = oracleFor(f, dimension);
  const curvatures = [...minima, ...stationary].flatMap(({ x }) =>
    x === undefined
      ? []
      : // A Hessian request is answered by the matrix: the protocol of linalg/ask.ts.
        [
          ...symmetricEigen(
            (oracle({ kind: "hessian", x: Float64Array.from(x) }) as Vector).slice(),
            dimension,
          ).values,
        ],
  );
  const largest = Math.max(...curvatures.map(Math.abs));
  const lowest = Math.min(...minima.map(({ value }) => value));
  const depth = from.value - lowest;
  const instance: Instance = {
    f,
    start: from.x,
    left: ({ value }) => value <= from.value - 0.01 * depth,
    reached: ({ value }) =>
      minima.some((minimum) => Math.abs(value - minimum.value) <= 1e-4 * depth),
    settings: { stepSize: 1 / (2 * largest), gradientNorm: 0.01 * largest, radius: 0.01, depth },
  };
  return { instance, oracle };
}

/** From every listed saddle, exactly: how many each method leaves, and at what price. */
export function zooRace(contenders: readonly Contender[], report: (line: string) => void): Table {
  report("the listed saddles");
  const runs = zoo().map(([entry, point]) => instanceAt(entry, point));
  const rows = contenders.map((contender) => {
    const outcomes = runs.map(({ instance, oracle }, seed) =>
      race(instance, contender, oracle, { maxSteps: 5000, maxPrice: 5000, seed }),
    );
    return [
      contender.name,
      outcomes.filter(({ left }) => left !== undefined).length,
      summaryText(summarize(outcomes.map(({ left }) => left))),
      outcomes.filter(({ reached }) => reached !== undefined).length,
      summaryText(summarize(outcomes.map(({ reached }) => reached))),
    ];
  });
  return {
    title: `From each of the ${runs.length} listed strict saddles and maxima, exactly: gradient-equivalents, median (quartiles)`,
    columns: ["method", "left", "price", "at a minimum", "price"],
    rows,
    note: "Double well, separable quartic, scalar and matrix factorizations, linear network, phase retrieval, Müller–Brown, octopus (`src/data/testFunctions/saddles`). Left: a hundredth of the way down to the lowest minimum.",
  };
}
