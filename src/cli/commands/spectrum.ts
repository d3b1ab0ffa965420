import { svgChart } from "../../drawing/chart.ts";
import { type SpectrumArtefact, spectrumChart } from "../../drawing/spectrum.ts";
import { plain } from "../../drawing/style.ts";
import type { PointOptions } from "../../inspection/point.ts";
import { type Reclassified, reclassify } from "../../inspection/reclassify.ts";
import { spectrum as measure, type SpectrumReport } from "../../inspection/spectrum.ts";
import { openStore } from "../../runs/store.ts";
import { type Command, countFlag, positiveFlag, wholeFlag, wordFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatCount, formatNumber, formatSeconds, formatTable } from "../format.ts";
import { findInspected, type InspectedTarget } from "../inspected.ts";
import { keepMeasured } from "../keepMeasured.ts";
import type { JsonResult, Output } from "../output.ts";
import { outputFlag, writeOutputFile } from "../outputFile.ts";
import { inFile } from "../runInfo.ts";
import { verdictJson } from "../runView.ts";
import { paintMark, renderVerdict, verdictFigures } from "../verdictMark.ts";

/** `nadir spectrum FILE|RUN [key=value …]`: the eigenvalues of the Hessian at a point. */
export const spectrum: Command = async (invocation) => {
  const { words, flags, output, cwd } = invocation;
  const seed = wholeFlag(flags, "seed") ?? 0;
  const [rows, largest] = [countFlag(flags, "rows"), countFlag(flags, "largest")];
  const matrix = wordFlag(flags, "matrix", ["hessian", "gauss-newton"]);
  const [products, tolerance] = [countFlag(flags, "products"), positiveFlag(flags, "tol")];
  const dtype = wordFlag(flags, "dtype", ["f32", "f64"]);
  const { layer } = flags;
  const picture = outputFlag(flags, "picture", cwd);
  const target = await findInspected(words, seed, invocation);
  const point: PointOptions<unknown> = {
    ...{ at: target.at, state: target.state, seed },
    ...(rows && { rows }),
    ...(dtype && { dtype }),
  };
  let report: SpectrumReport;
  let judged: Reclassified | undefined;
  try {
    report = await measure<unknown>(target.problem, {
      ...{ ...point, trace: true },
      ...((flags["density"] || picture !== undefined) && { density: true }),
      ...(largest && { largest }),
      ...(matrix && { matrix }),
      ...(products && { maxProducts: products }),
      ...(tolerance && { tolerance }),
      ...(typeof layer === "string" && { layer: layer.split(",") }),
    });
    if (target.verdict !== undefined && layer === undefined)
      judged = await reclassify(target.problem, point, report, target.verdict);
  } catch (error) {
    throw inFile(error, target.shown);
  }
  if (picture !== undefined) writeOutputFile(picture, [Buffer.from(drawn(report, target))]);
  const kept: SpectrumArtefact = { at: target.where, ...jsonOf(report) };
  const result: JsonResult = {
    ...{ schema: "nadir.spectrum/1", target: target.shown, ...kept },
    ...(judged?.kind === "judged" && { verdict: verdictJson(judged.verdict) }),
  };
  output.result(
    () => [inWords(report, target, output), ...judgedInWords(judged, target, output)].join("\n"),
    result,
  );
  if (target.run !== undefined) {
    if (judged?.kind === "judged") await judgeAnew(invocation.store, target.run, judged, output);
    await keepMeasured(invocation.store, target.run, "spectrum", flags, result, output);
  }
  return exitCode.done;
};

/** Keeps the verdict in the place of the one before, which stays among the run's events. */
async function judgeAnew(
  store: string,
  run: string,
  { verdict }: Extract<Reclassified, { kind: "judged" }>,
  output: Output,
): Promise<void> {
  try {
    await using opened = await openStore(store);
    opened.judgeAnew(run, verdict);
  } catch (error) {
    output.note(
      `the verdict of run ${run} stays: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** The verdict before and the one by this spectrum, or why there is none. */
function judgedInWords(
  judged: Reclassified | undefined,
  { verdict: before }: InspectedTarget,
  { colors, columns }: Output,
): string[] {
  if (judged === undefined || before === undefined) return [];
  if (judged.kind === "kept") return [`· the run's verdict stays: ${judged.because}`];
  return [
    "",
    `the run's verdict was  ${paintMark(before.kind, colors)}   ${verdictFigures(before).join("   ")}`,
    "and by this spectrum is",
    renderVerdict(judged.verdict, colors, columns),
  ];
}

/** Without eigenvectors: they have as many entries as there are params. */
function jsonOf({ largest, smallest, density, ...report }: SpectrumReport) {
  const bare = ({ value, error }: { value: number; error: number }) => ({ value, error });
  return {
    ...report,
    largest: largest.map(bare),
    smallest: smallest.map(bare),
    ...(density && {
      density: {
        at: [...density.at],
        density: [...density.density],
        standardError: [...density.standardError],
        width: density.width,
      },
    }),
  };
}

function inWords(report: SpectrumReport, target: InspectedTarget, { colors }: Output): string {
  const { largest, smallest, outliers, trace, conditionNumber, cost, size, rows, ofRows } = report;
  const name = report.matrix === "hessian" ? "the Hessian" : "the Gauss–Newton matrix";
  const on = rows === 0 ? "" : ` on ${formatCount(rows)} of ${formatCount(ofRows)} rows`;
  // Of a small matrix both ends overlap: each eigenvalue is told once.
  const low = smallest.slice(0, Math.max(0, size - largest.length)).reverse();
  const row = ({ value, error }: { value: number; error: number }, kind: string): string[] => [
    ...[formatNumber(value, 5), `± ${formatNumber(error, 2)}`],
    ...[kind === "" && value < -error ? "descends" : kind],
  ];
  const table = [
    ...largest.map((pair, i) => row(pair, i < outliers.count ? "outlier" : "")),
    ...(size > largest.length + low.length ? [["…", "", ""]] : []),
    ...low.map((pair) => row(pair, "")),
  ];
  const facts = [
    `outliers ${outliers.count}: ${outliers.rule}`,
    ...(trace === undefined
      ? []
      : [
          trace.standardError === 0
            ? `trace ${formatNumber(trace.value, 4)}, of all diagonal entries`
            : `trace ${formatNumber(trace.value, 4)}, between ${formatNumber(trace.interval[0], 4)} and ${formatNumber(trace.interval[1], 4)} in 19 of 20 cases`,
        ]),
    ...(conditionNumber === undefined ? [] : [`condition number ${formatNumber(conditionNumber)}`]),
    `cost ${formatCount(cost.products)} products, as much as ${formatNumber(cost.gradients)} gradients; ${formatSeconds(cost.seconds)} on ${report.engine}`,
  ];
  return [
    `${colors.bold(target.shown)}  ${target.where}`,
    `${name} of order ${formatCount(size)}${on}, in eval mode`,
    formatTable([["eigenvalue", "", ""], ...table], new Set([0])),
    ...facts.map((fact) => `· ${fact}`),
  ].join("\n");
}

function drawn({ density, ...report }: SpectrumReport, { shown }: InspectedTarget): string {
  const told = density && {
    at: Array.from(density.at),
    density: Array.from(density.density),
    standardError: Array.from(density.standardError),
    width: density.width,
  };
  return svgChart(
    spectrumChart({ ...report, density: told }, plain, { title: `Spectrum of ${shown}` }),
  );
}
