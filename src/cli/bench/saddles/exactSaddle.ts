import { findTestFunction } from "../../../data/testFunctions/registry.ts";
import { adam } from "../../../methods/rules/adam.ts";
import { gradientDescent } from "../../../methods/rules/gradientDescent.ts";
import { perturbedGradientDescent } from "../../../methods/rules/perturbedGradientDescent.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import { type MinimizeOptions, type MinimizeResult, minimize } from "../../../training/minimize.ts";
import type { Table } from "../experiment.ts";
import { outputOf } from "../python.ts";
import { smoothSolvers } from "./contenders.ts";

const starts = [
  [0, 0],
  [1, 0],
] as const;

type Method = NonNullable<MinimizeOptions<number[]>["method"]>;

/** x² − y² + y⁴/4 from its saddle and from its stable side: what each method ends at, and what it says that is. */
export async function exactSaddle(peers: boolean): Promise<Table> {
  const { f } = findTestFunction("double-well-saddle");
  const rules: readonly (readonly [string, Rule])[] = [
    ["gradient descent", gradientDescent(0.1) as Rule],
    ["Adam", adam(0.1) as Rule],
    [
      "perturbed descent",
      perturbedGradientDescent(0.1, { radius: 0.01, gradientNorm: 0.01 }) as Rule,
    ],
  ];
  const methods: readonly (readonly [string, Method])[] = [
    ...rules,
    ...smoothSolvers().map(([name, make]) => [name, make()] as const),
  ];
  const rows: (string | number | null)[][] = [];
  for (const [name, method] of methods) {
    const ends: MinimizeResult<number[]>[] = [];
    for (const start of starts)
      ends.push(await minimize((x) => f(x), { x0: [...start], method, maxIterations: 2000 }));
    rows.push([
      name,
      ...ends.flatMap(({ value, verdict, cost }) => [
        value,
        verdict.kind,
        cost.gradientEquivalents,
      ]),
    ]);
  }
  const scipy = peers ? await scipyRows() : { rows: [], note: "SciPy was not asked." };
  return {
    title: "x² − y² + y⁴/4 from its saddle (0, 0), and from (1, 0): the minima are −1",
    columns: ["method", "from (0, 0)", "verdict", "price", "from (1, 0)", "verdict", "price"],
    rows: [...rows, ...scipy.rows],
    show: (value, column) => (column % 3 === 1 ? value.toFixed(3) : value.toFixed(0)),
    note: `Price in gradient-equivalents, verdict included. ${scipy.note}`,
  };
}

/** What bench/peers/saddles.py prints. */
interface ScipyEnds {
  readonly version: string;
  readonly ends: readonly {
    readonly method: string;
    readonly start: readonly number[];
    readonly success: boolean;
    readonly value: number | null;
  }[];
}

async function scipyRows(): Promise<{ rows: (string | number | null)[][]; note: string }> {
  const answer = await outputOf("saddles.py", "scipy");
  if ("missing" in answer) return { rows: [], note: `SciPy: ${answer.missing}.` };
  const { version, ends } = JSON.parse(answer.output) as ScipyEnds; // the script's one line
  const names = [...new Set(ends.map(({ method }) => method))];
  const at = (name: string, [x]: readonly number[]) =>
    ends.find(({ method, start }) => method === name && start[0] === x);
  const rows = names.map((name) => [
    `SciPy ${name}`,
    ...starts.flatMap((start) => {
      const end = at(name, start);
      return [end?.value ?? null, end?.success ? "success" : "no success", null];
    }),
  ]);
  const false_ = (start: readonly number[]): number =>
    names.filter((name) => {
      const end = at(name, start);
      return end?.success === true && (end.value ?? 0) > -0.99;
    }).length;
  return {
    rows,
    note: `SciPy ${version}: of ${names.length} methods with derivatives ${false_(starts[0])} report success at the saddle from (0, 0), ${false_(starts[1])} from (1, 0).`,
  };
}
