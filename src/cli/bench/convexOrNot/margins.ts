import { svgCharts } from "../../../drawing/chart.ts";
import type { SvmFit } from "../../../estimators/svm/fits.ts";
import { kernelSvm } from "../../../estimators/svm/kernelSvm.ts";
import { formatNumber } from "../../format.ts";
import { cut } from "../robust/compare.ts";
import { type Labelled, twoMoons, withFlips } from "../robust/data.ts";
import type { Part } from "./convexOrNot.ts";
import { distinct, excesses } from "./ends.ts";

const [train, held] = [400, 4000];
const [C, kernel] = [10, { rbf: 2 }];
const flips = [0, 0.1, 0.2, 0.3];
/** Where starts are compared. */
const compared = 0.2;
/** The prices of the hinge machines that the ramp's procedure starts from. */
const startPrices = Array.from({ length: 20 }, (_, k) => 10 ** (-2 + (3 * k) / 19));

/** Two moons of which some labels are turned over: the hinge loss, and the ramp loss, which is the hinge cut off, in its place. */
export const margins: Part = (report) => {
  const clean = twoMoons(train, 1);
  const test = twoMoons(held, 1_000_001);
  const rows: (string | number | null)[][] = [];
  const found = flips.map((chance) => {
    report(`two moons, ${100 * chance} % of the labels turned over`);
    const { x, y } = withFlips(clean, chance, 5000);
    const fits = {
      hinge: kernelSvm({ kernel, C }).fit(x, y),
      ramp: kernelSvm({ kernel, C, loss: { ramp: cut } }).fit(x, y),
    };
    for (const [name, fit] of Object.entries(fits)) {
      const { verdict, supportVectors } = fit;
      const gap = verdict.kind === "global-minimum" ? verdict.gap / verdict.primal : null;
      rows.push([name, chance, supportVectors.length, errorOf(fit, test), verdict.kind, gap]);
    }
    return { chance, hinge: fits.hinge, ramp: fits.ramp };
  });
  report("starting the ramp loss elsewhere");
  const { x, y } = withFlips(clean, compared, 5000);
  const others = startPrices.map((startC) =>
    kernelSvm({ kernel, C, loss: { ramp: cut }, startC }).fit(x, y),
  );
  const objectives = others.map(({ objective }) => objective);
  const lowest = Math.min(...objectives);
  const errors = others.map((fit) => errorOf(fit, test));
  const curve = (name: "hinge" | "ramp", of: (fit: SvmFit) => number) => ({
    name,
    points: found.map((one) => [100 * one.chance, of(one[name])] as const),
  });
  return {
    tables: [
      {
        title: `hinge or ramp: two moons, ${train} samples, rbf kernel with γ = 2, C = ${C}`,
        columns: ["loss", "labels turned over", "support vectors", "test error", "verdict", "gap"],
        rows,
        show: (value, column) => (column === 3 ? value.toFixed(4) : formatNumber(value, 3)),
        note: `Errors on ${held} samples whose labels are right; the gap is relative. The ramp loss is the hinge cut off at a margin of ${cut}, by the convex–concave procedure from the hinge machine.`,
      },
      {
        title: `where the ramp loss ends from ${startPrices.length} hinge machines, ${100 * compared} % turned over`,
        columns: [
          ...["different ends", "lowest objective", "highest above it"],
          ...["test error of the lowest", "least test error", "largest"],
        ],
        rows: [
          [
            distinct(objectives),
            lowest,
            (Math.max(...objectives) - lowest) / lowest,
            errors[objectives.indexOf(lowest)]!,
            Math.min(...errors),
            Math.max(...errors),
          ],
        ],
        show: (value, column) => (column > 2 ? value.toFixed(4) : formatNumber(value, 4)),
        note: "Machines of prices from 0.01 to 10, evenly spread over their logarithms, tell whom to cut off first. Ends are different whose objectives differ by more than a millionth.",
      },
    ],
    pictures: {
      "hinge-ramp": svgCharts(
        [
          {
            title: "Support vectors",
            x: { label: "labels turned over, %" },
            y: { label: `of ${train} samples` },
            series: [
              curve("hinge", (fit) => fit.supportVectors.length),
              curve("ramp", (fit) => fit.supportVectors.length),
            ],
          },
          {
            title: "Error on samples whose labels are right",
            x: { label: "labels turned over, %" },
            y: { label: "share" },
            series: [
              curve("hinge", (fit) => errorOf(fit, test)),
              curve("ramp", (fit) => errorOf(fit, test)),
            ],
          },
          {
            title: `Objectives that the ramp loss ends at, sorted, ${100 * compared} % turned over`,
            x: { label: "start" },
            y: { label: "above the lowest, relative" },
            series: [
              {
                name: "ramp",
                points: excesses(objectives, lowest).map((excess, k) => [k + 1, excess] as const),
                as: "steps",
              },
            ],
          },
        ],
        1,
      ),
    },
  };
};

function errorOf(fit: SvmFit, { x, y }: Labelled): number {
  const predicted = fit.predict(x);
  return y.reduce((wrong, label, i) => wrong + (predicted[i] === label ? 0 : 1), 0) / y.length;
}
