import type { Experiment, Table } from "../experiment.ts";
import { suiteCases } from "./cases.ts";
import { isRight, type Judged, judge } from "./judge.ts";
import { healthy } from "./suite.ts";

/** Seeds below this one are not reported: 0 to 2 set the rules' thresholds, and what went wrong on 3 to 6 led to rules being mended. */
const firstFresh = 11;
const seedsUnlessTold = 1;

/** A row for each fault: how often it was injected, named, and called something else. */
function confusion(judged: readonly Judged[]): Table {
  const faults = [...new Set(judged.map(({ case: { fault } }) => fault))];
  return {
    title: "What was injected, and what the first serious finding named",
    columns: [
      "injected",
      "trainings",
      "named",
      "an agreed name",
      "nothing serious",
      "another name",
    ],
    rows: faults.map((fault) => {
      const those = judged.filter((one) => one.case.fault === fault);
      const wrong = those.filter((one) => !isRight(one));
      const others = wrong.filter(({ said }) => said !== healthy).map(({ said }) => said);
      return [
        ...[fault, those.length],
        those.filter(({ said }) => said === fault).length,
        those.filter((one) => isRight(one) && one.said !== fault).length,
        wrong.length - others.length,
        [...new Set(others)].join(", ") || null,
      ];
    }),
    note: "Of healthy trainings, named means that nothing serious was said. Agreed names were fixed with the case: zero weights, say, are a saddle.",
  };
}

function totals(judged: readonly Judged[]): Table {
  const broken = judged.filter((one) => one.case.fault !== healthy);
  const sound = judged.filter((one) => one.case.fault === healthy);
  const right = broken.filter(isRight).length;
  const accused = sound.filter((one) => !isRight(one)).length;
  const mean = (part: 0 | 1): number =>
    judged.reduce((sum, { seconds }) => sum + seconds[part], 0) / judged.length;
  return {
    title: "In all",
    columns: ["", "trainings", "share"],
    rows: [
      ["broken, named rightly", broken.length, broken.length === 0 ? null : right / broken.length],
      [
        "healthy, accused of something serious",
        sound.length,
        sound.length === 0 ? null : accused / sound.length,
      ],
    ],
    show: (value, column) => (column === 1 ? String(value) : `${(100 * value).toFixed(1)} %`),
    note: `A training took ${mean(0).toFixed(2)} s on average, its diagnosis ${mean(1).toFixed(2)} s.`,
  };
}

function mistakes(judged: readonly Judged[]): Table {
  const wrong = judged.filter((one) => !isRight(one));
  return {
    title: `Named wrongly: ${wrong.length} of ${judged.length}`,
    columns: ["injected", "training", "change", "seed", "named"],
    rows: wrong.map(({ case: { fault, base, change }, seed, said }) => [
      ...[fault, base, change, seed, said],
    ]),
  };
}

/** `nadir bench diagnosis`: trainings with a known fault, or none, and what `diagnose` says of them. */
export const diagnosis: Experiment = {
  name: "diagnosis",
  async run({ only, seeds = seedsUnlessTold }, report) {
    const cases = suiteCases.filter(
      ({ fault, base }) => only?.some((word) => word === fault || word === base) ?? true,
    );
    report(`${cases.length} trainings for each of ${seeds} seeds`);
    const judged: Judged[] = [];
    for (let seed = firstFresh; seed < firstFresh + seeds; seed++) {
      for (const one of cases) judged.push(await judge(one, seed));
      report(`seed ${seed} is done`);
    }
    return { tables: [confusion(judged), totals(judged), mistakes(judged)] };
  },
};
