import type { Table } from "../experiment.ts";
import { families } from "./families.ts";
import { type Contender, type Outcome, oracleFor, race } from "./race.ts";
import { summarize, summaryText } from "./statistics.ts";

const maxPrice = 2500;
const starts = [
  { name: "exact", distance: 0 },
  { name: "near", distance: 1e-3 },
] as const;

/** Gradient-equivalents to leave a saddle and to reach the minimum, from the saddle itself and from beside it. */
export function familyRace(
  contenders: readonly Contender[],
  seeds: number,
  report: (line: string) => void,
): readonly Table[] {
  const cells = families.flatMap((family) => starts.map((start) => ({ family, start })));
  const outcomes = cells.map(({ family, start }) => {
    report(`${family.name}, start ${start.name}`);
    const runs = contenders.map((): Outcome[] => []);
    for (let seed = 0; seed < seeds; seed++) {
      const instance = family.draw(seed, start.distance);
      const oracle = oracleFor(instance.f, instance.start.length);
      contenders.forEach((contender, i) => {
        runs[i]?.push(race(instance, contender, oracle, { maxSteps: maxPrice, maxPrice, seed }));
      });
    }
    return runs;
  });
  const columns = ["method", ...cells.map(({ family, start }) => `${family.name}, ${start.name}`)];
  const rowsOf = (price: (outcome: Outcome) => number | undefined) =>
    contenders.map(({ name }, i) => [
      name,
      ...outcomes.map((runs) => summaryText(summarize((runs[i] ?? []).map(price)))),
    ]);
  const note = `Start: the saddle itself, or each coordinate 0.001·N(0, 1) from it. ${maxPrice} gradient-equivalents at most. \`k of n\`: only so many got there.`;
  return [
    {
      title: `Gradient-equivalents to leave the saddle by a twentieth of its depth, median (quartiles) of ${seeds} draws`,
      columns,
      rows: rowsOf(({ left }) => left),
      note,
    },
    {
      title: `Gradient-equivalents to reach the minimum, median (quartiles) of ${seeds} draws`,
      columns,
      rows: rowsOf(({ reached }) => reached),
      note: "Reached: the value within a ten-thousandth of the depth; tensor decomposition: the tensor to a relative error of 0.01.",
    },
  ];
}
