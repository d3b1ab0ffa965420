import { type Chart, svgCharts } from "../../../drawing/chart.ts";
import { formatNumber } from "../../format.ts";
import type { Experiment, Table } from "../experiment.ts";
import { autoencoder, type Contender, type Course, contenders, runOf } from "./contenders.ts";

const images = 1000;
/** Passes over the data for each method. */
const budget = 100;
/** Passes after which the loss is told. */
const marks = [10, 25, 50, budget];

/** A method at its best setting. */
interface Best {
  readonly name: string;
  readonly words: string;
  readonly course: Course;
}

/** A deep autoencoder of curves: Hessian-free optimization and K-FAC beside first-order methods at equal price. */
export const curvesExperiment: Experiment = {
  name: "curves",
  async run({ only, seeds = 1 }, report) {
    const posed = autoencoder(images);
    const chosen = contenders.filter(({ name }) => only === undefined || only.includes(name));
    const rows: Best[] = [];
    for (let seed = 1; seed <= seeds; seed++)
      for (const contender of chosen) rows.push(await bestOf(posed, contender, seed, report));
    const free = rows.find(({ name }) => name === "Hessian-free");
    return {
      tables: [lossTable(rows, seeds), ...(free === undefined ? [] : [traceTable(free)])],
      pictures: { curves: pictureOf(rows.slice(0, chosen.length)) },
    };
  },
};

async function bestOf(
  posed: ReturnType<typeof autoencoder>,
  contender: Contender,
  seed: number,
  report: (line: string) => void,
): Promise<Best> {
  let best: Best | undefined;
  for (const { words, make } of contender.settings) {
    report(`${contender.name}, ${words}, seed ${seed}`);
    const course = await runOf(posed, contender, make(), budget, seed);
    if (best === undefined || lossAfter(course, budget) < lossAfter(best.course, budget))
      best = { name: contender.name, words, course };
  }
  return best!; // each contender has a setting
}

/** The loss where a run stood last before so many passes, a tenth of a pass aside: the last iteration may go beyond. */
function lossAfter({ stands }: Course, passes: number): number {
  const before = stands.filter((stand) => stand.passes <= passes + 0.1 || passes === budget);
  return before.at(-1)?.loss ?? Number.POSITIVE_INFINITY;
}

function lossTable(rows: readonly Best[], seeds: number): Table {
  return {
    title: `Curves: ${images} pictures through a 784-200-50-6-50-200-784 network, cross-entropy a pixel`,
    columns: [
      ...["method", "setting", "steps", ...marks.map((mark) => `loss at ${mark} passes`)],
      ...["seconds"],
    ],
    rows: rows.map(({ name, words, course }) => [
      ...[name, words, course.steps],
      ...marks.map((mark) => {
        const loss = lossAfter(course, mark);
        return Number.isFinite(loss) ? loss : null;
      }),
      course.stands.at(-1)?.seconds ?? null,
    ]),
    show: (value, column) => (column === 2 ? String(value) : formatNumber(value)),
    note: `${seeds === 1 ? "One seed" : `Seeds 1 to ${seeds}, in turn`}; rules on batches of 100, each method at the best of the settings tried: ${contenders.map(({ name, settings }) => `${name} ${settings.map(({ words }) => words).join(" / ")}`).join("; ")}. A pass is a gradient of all rows; a Gauss–Newton product is two on its rows, a value a third; K-FAC's step 1.25.`,
  };
}

function traceTable({ course }: Best): Table {
  const { iterations } = course;
  // The first iterations one by one, then fewer and fewer.
  const shown = iterations.filter(
    (_, i) => i < 6 || i === iterations.length - 1 || i % Math.ceil(iterations.length / 12) === 0,
  );
  return {
    title: "Hessian-free optimization, iteration by iteration",
    columns: ["iteration", "passes so far", "damping λ", "CG products", "loss"],
    rows: shown.map((at) => [
      ...[iterations.indexOf(at) + 1, at.passes, at.damping === 0 ? null : at.damping],
      ...[at.products, at.loss],
    ]),
    show: (value, column) => (column === 0 || column === 3 ? String(value) : formatNumber(value)),
    note: `λ as the iteration begins (chosen by the first itself), with the factors 3/2 and 2/3 of Martens (2010), §4.1. ${iterations.filter(({ isRejected }) => isRejected).length} of ${iterations.length} iterations found no lower point.`,
  };
}

function pictureOf(rows: readonly Best[]): string {
  const chart = (key: "passes" | "seconds", label: string): Chart => ({
    title: `Curves: training loss against ${label}`,
    x: { label },
    y: { label: "loss", scale: "log" },
    series: rows.map(({ name, course }) => ({
      name,
      points: course.stands.map((stand) => [stand[key], stand.loss] as const),
    })),
  });
  return svgCharts([chart("passes", "passes over the data"), chart("seconds", "seconds")], 1);
}
