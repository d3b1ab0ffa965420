import { NadirError } from "../../base/errors.ts";
import { svgChart } from "../../drawing/chart.ts";
import { svgContours } from "../../drawing/contour.ts";
import {
  type LandscapeArtefact,
  landscapeChart,
  landscapeContours,
} from "../../drawing/landscape.ts";
import { type LandscapeReport, landscape as measure } from "../../inspection/landscape.ts";
import { type Command, countFlag, positiveFlag, wholeFlag, wordFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatCount, formatNumber, formatSeconds } from "../format.ts";
import { findInspected, type InspectedTarget } from "../inspected.ts";
import { keepMeasured } from "../keepMeasured.ts";
import type { JsonResult, Output } from "../output.ts";
import { outputFlag, writeOutputFile } from "../outputFile.ts";
import { inFile } from "../runInfo.ts";

/** `nadir landscape FILE|RUN [key=value …]`: the loss on a line or a plane through a point. */
export const landscape: Command = async (invocation) => {
  const { words, flags, output, cwd } = invocation;
  const seed = wholeFlag(flags, "seed") ?? 0;
  const [rows, grid] = [countFlag(flags, "rows"), countFlag(flags, "grid")];
  const span = positiveFlag(flags, "span");
  const directions = wordFlag(flags, "plane", ["random", "curvature", "gradient", "trajectory"]);
  const { line } = flags;
  const picture = outputFlag(flags, "picture", cwd);
  const target = await findInspected(words, seed, invocation);
  let report: LandscapeReport;
  try {
    report = await measure<unknown>(target.problem, {
      ...{ at: target.at, state: target.state, seed, dimensions: line ? 1 : 2 },
      ...(directions && { directions }),
      ...(directions === "trajectory" && { trajectory: pathOf(target) }),
      ...(rows && { rows }),
      ...(grid && { grid }),
      ...(span && { span }),
    });
  } catch (error) {
    throw inFile(error, target.shown);
  }
  if (picture !== undefined) writeOutputFile(picture, [Buffer.from(drawn(report, target))]);
  const kept: LandscapeArtefact = {
    ...report,
    at: target.where,
    axes: report.axes.map(({ name, length, coordinates }) => ({
      ...{ name, length },
      coordinates: [...coordinates],
    })),
    values: [...report.values],
  };
  const result: JsonResult = { schema: "nadir.landscape/1", target: target.shown, ...kept };
  output.result(() => inWords(report, target, output), result);
  if (target.run !== undefined) {
    await keepMeasured(invocation.store, target.run, "landscape", flags, result, output);
  }
  return exitCode.done;
};

/** The points that the training went through, as far as they were kept: it ends at the point itself. */
function pathOf({ trajectory, at, shown }: InspectedTarget): readonly unknown[] {
  const path = trajectory?.();
  if (path !== undefined && path.length > 0) return [...path, at];
  throw new NadirError("landscape/trajectory", `${shown} has no way behind it`, {
    expected: "a run of nadir train, which keeps where it began and its checkpoints",
  });
}

const mapShades = "█▓▒░ ";

function inWords(report: LandscapeReport, target: InspectedTarget, { colors }: Output): string {
  const { axes, values, loss, rows, ofRows, cost, engine } = report;
  const lowest = values.reduce((best, value, i) => (value < values[best]! ? i : best), 0);
  const highest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const on = rows === 0 ? "" : ` on ${formatCount(rows)} of ${formatCount(ofRows)} rows`;
  const [first, second] = axes;
  const width = second?.coordinates.length ?? 1;
  const place = [
    first!.coordinates[Math.floor(lowest / width)]!,
    second?.coordinates[lowest % width],
  ]
    .filter((at) => at !== undefined)
    .map((at) => formatNumber(at));
  const isLower = values[lowest]! < loss;
  return [
    `${colors.bold(target.shown)}  ${target.where}`,
    `${axes.map(({ name, length }) => `${name} (a unit is ${formatNumber(length)} long)`).join(" × ")}${on}, in eval mode`,
    ...(second === undefined ? [] : mapOf(report)),
    `· loss ${formatNumber(loss, 4)} at the point, ${formatNumber(values[lowest]!, 4)} at the lowest place (${place.join(", ")}), ${formatNumber(highest, 4)} at the highest`,
    `· ${isLower ? `the point is not the lowest of this slice: ${formatNumber(loss - values[lowest]!, 2)} lies below it` : "no place of this slice is lower than the point"}`,
    `· cost ${formatCount(cost.evaluations)} evaluations, as much as ${formatNumber(cost.gradients)} gradients; ${formatSeconds(cost.seconds)} on ${engine}`,
  ].join("\n");
}

/** The plane in five shades, dark for low, a fifth of the places each. */
function mapOf({ axes, values }: LandscapeReport): string[] {
  const [columns, rows] = axes.map(({ coordinates }) => coordinates.length) as [number, number];
  const sorted = values.slice().sort();
  const bound = (i: number): number => sorted[Math.floor((i * sorted.length) / mapShades.length)]!;
  const shade = (value: number): string => {
    let i = 0;
    while (i + 1 < mapShades.length && value >= bound(i + 1)) i++;
    return mapShades[i]!.repeat(2);
  };
  return Array.from({ length: rows }, (_, up) => {
    const row = rows - 1 - up;
    return Array.from({ length: columns }, (_, column) => shade(values[column * rows + row]!)).join(
      "",
    );
  });
}

function drawn(report: LandscapeReport, { shown }: InspectedTarget): string {
  const title = `Loss about ${shown}`;
  if (report.axes.length === 1) return svgChart(landscapeChart(report, title));
  return svgContours(landscapeContours(report, title));
}
