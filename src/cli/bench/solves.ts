import type { Suite } from "./case.ts";

const rosenbrock = (dimension: number) =>
  ({
    kind: "solve",
    id: dimension === 2 ? "rosenbrock" : `rosenbrock-${dimension}`,
    title:
      dimension === 2
        ? "Rosenbrock from (−1.2, 1), start to end"
        : `extended Rosenbrock, n = ${dimension.toLocaleString("en")}, limited memory`,
    dimension,
  }) as const;

/** Whole solves in double precision, from the start point to the solver's own stop. */
export const solves: Suite = {
  name: "solves",
  cases: [
    rosenbrock(2),
    rosenbrock(1000),
    rosenbrock(10_000),
    { kind: "collection", id: "mgh", title: "36 Moré–Garbow–Hillstrom cases, all solves together" },
  ],
};
