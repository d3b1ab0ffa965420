import { NadirError } from "../../base/errors.ts";
import { svgChart } from "../../drawing/chart.ts";
import { svgContours } from "../../drawing/contour.ts";
import {
  type LandscapeArtefact,
  landscapeChart,
  landscapeContours,
} from "../../drawing/landscape.ts";
import { type LandscapeReport, landscape as measure } from "../../inspection/landscape.ts";
import { lossesOnSlice, type SliceOptions } from "../../inspection/slice.ts";
import { openStore } from "../../runs/store.ts";
import {
  type Command,
  countFlag,
  type Invocation,
  positiveFlag,
  wholeFlag,
  wordFlag,
} from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatCount, formatNumber, formatSeconds } from "../format.ts";
import { findInspected, type InspectedTarget } from "../inspected.ts";
import { keepMeasured } from "../keepMeasured.ts";
import { mapOf } from "../landscapeMap.ts";
import { namedRun } from "../namedRuns.ts";
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
  const { line, jsonl } = flags;
  const [to, through] = [text(flags["to"]), wholeFlag(flags, "through")];
  if (to !== undefined && directions !== undefined) {
    throw new NadirError("cli/flag", "--plane and --to are two planes", {
      expected: "one of them",
    });
  }
  const place = placeOf(text(flags["place"]), line === true);
  const picture = outputFlag(flags, "picture", cwd);
  const target = await findInspected(words, seed, invocation);
  const other = to === undefined ? undefined : await pointToward(to, target, invocation);
  const options: SliceOptions<unknown> = {
    ...{ at: target.at, state: target.state, seed, dimensions: line ? 1 : 2 },
    ...(directions && { directions }),
    ...(directions === "trajectory" && { trajectory: pathOf(target) }),
    ...(other && { directions: "trajectory", trajectory: [target.at, other.at] }),
    ...(through === undefined ? {} : { through: placeOnTheWay(through, target) }),
    ...(rows && { rows }),
  };
  const step = through ?? target.step;
  const where = through === undefined ? target.where : placeInWords(through);
  if (place !== undefined) {
    const report = await asked(target, () => lossesOnSlice(target.problem, options, [place]));
    const axes = named(report.axes, other?.run);
    const kept: JsonResult = {
      ...{ schema: "nadir.landscape-place/1", target: target.shown, at: where, step },
      ...{ ...report, axes },
    };
    const [found] = report.places;
    const told = axes.map(({ name }, i) => `${name} ${formatNumber(place[i]!, 4)}`).join(", ");
    output.result(
      () => `${output.colors.bold(target.shown)}  loss ${formatNumber(found!.loss, 5)} at ${told}`,
      kept,
    );
    await keep("landscape-place", kept);
    return exitCode.done;
  }
  const keptOf = (report: LandscapeReport): JsonResult & LandscapeArtefact => {
    const { explained, ...rest } = report;
    return {
      ...{ schema: "nadir.landscape/1", target: target.shown, ...rest, at: where },
      ...(step === undefined ? {} : { step }),
      // Of the way between two runs all lies in the plane: that is no finding.
      ...(other === undefined ? explained && { explained } : { towards: other.run }),
      axes: named(report.axes, other?.run).map(({ name, length, coordinates }) => ({
        ...{ name, length },
        coordinates: [...coordinates],
      })),
      values: [...report.values],
    };
  };
  const report = await asked(target, () =>
    measure<unknown>(target.problem, {
      ...options,
      ...(grid && { grid }),
      ...(span && { span }),
      ...(jsonl === true && { onCoarser: (coarser) => output.line(keptOf(coarser)) }),
    }),
  );
  const kept = keptOf(report);
  if (picture !== undefined) writeOutputFile(picture, [Buffer.from(drawn(kept, target))]);
  if (jsonl === true) output.line(kept);
  else
    output.result(
      () => inWords({ ...report, axes: named(report.axes, other?.run) }, where, target, output),
      kept,
    );
  await keep("landscape", kept);
  return exitCode.done;

  async function keep(kind: "landscape" | "landscape-place", result: JsonResult): Promise<void> {
    if (target.run === undefined) return;
    const asked = other === undefined ? flags : { ...flags, to: other.run };
    await keepMeasured(invocation.store, target.run, kind, asked, result, output);
  }
};

const text = (flag: string | boolean | undefined): string | undefined =>
  typeof flag === "string" ? flag : undefined;

/** The axes by what they lead to. */
const named = <T extends { readonly name: string }>(
  axes: readonly T[],
  towards: string | undefined,
): readonly T[] =>
  towards === undefined
    ? axes
    : axes.map((axis, i) => (i === 0 ? { ...axis, name: `towards run ${towards}` } : axis));

async function asked<T>({ shown }: InspectedTarget, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw inFile(error, shown);
  }
}

/** The coordinates of one place of the slice: `0.3,-0.2`. */
function placeOf(words: string | undefined, isLine: boolean): number[] | undefined {
  if (words === undefined) return undefined;
  const place = words.split(",").map((word) => (word.trim() === "" ? Number.NaN : Number(word)));
  if (place.length === (isLine ? 1 : 2) && place.every(Number.isFinite)) return place;
  throw new NadirError("cli/flag", `--place is ${words}`, {
    expected: isLine ? "a number" : "two numbers, as 0.3,-0.2",
  });
}

/** The points that the training went through, as far as they were kept: it ends at the point itself. */
function pathOf({ way, at, shown }: InspectedTarget): readonly unknown[] {
  const path = way?.();
  if (path !== undefined && path.length > 0) return [...path.map((place) => place.at), at];
  throw noWay(shown);
}

const noWay = (shown: string): NadirError =>
  new NadirError("landscape/trajectory", `${shown} has no way behind it`, {
    expected: "a run of nadir train, which keeps where it began and its checkpoints",
  });

/** The point of a step of the run's way. */
function placeOnTheWay(step: number, { way, at, state, step: last, shown }: InspectedTarget) {
  if (way === undefined) throw noWay(shown);
  if (step === last) return { at, state };
  const path = way();
  const found = path.find((place) => place.step === step);
  if (found !== undefined) return found;
  const steps = [...path.map((place) => place.step), last ?? 0];
  throw new NadirError("landscape/through", `no point of step ${step} is kept`, {
    expected: `one of ${steps.join(", ")}`,
  });
}

const placeInWords = (step: number): string =>
  step === 0 ? "where training began" : `the checkpoint of step ${step}`;

/** Where another run ended. Its file is not loaded: only its params must fit. */
async function pointToward(
  reference: string,
  { shown, run, paramsOf }: InspectedTarget,
  { store, now }: Invocation,
): Promise<{ readonly run: string; readonly at: unknown }> {
  if (run === undefined || paramsOf === undefined) {
    throw new NadirError("landscape/to", `--to joins two runs, and ${shown} is none`, {
      expected: "a run as the target",
    });
  }
  await using opened = await openStore(store, { readOnly: true });
  const other = namedRun(opened, reference, now());
  if (other.id === run) {
    throw new NadirError("landscape/to", `--to names run ${run} itself`, {
      expected: "another run",
    });
  }
  try {
    return { run: other.id, at: paramsOf(other) };
  } catch (cause) {
    if (!(cause instanceof NadirError)) throw cause;
    throw new NadirError(
      "landscape/to",
      `no plane leads from run ${run} to run ${other.id}: ${cause.summary}`,
      {
        expected: "a run that has saved params of the same names and shapes",
        cause,
      },
    );
  }
}

function inWords(
  report: LandscapeReport,
  where: string,
  target: InspectedTarget,
  { colors }: Output,
): string {
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
    `${colors.bold(target.shown)}  ${where}`,
    `${axes.map(({ name, length }) => `${name} (a unit is ${formatNumber(length)} long)`).join(" × ")}${on}, in eval mode`,
    ...(second === undefined ? [] : mapOf(report)),
    `· loss ${formatNumber(loss, 4)} at the point, ${formatNumber(values[lowest]!, 4)} at the lowest place (${place.join(", ")}), ${formatNumber(highest, 4)} at the highest`,
    `· ${isLower ? `the point is not the lowest of this slice: ${formatNumber(loss - values[lowest]!, 2)} lies below it` : "no place of this slice is lower than the point"}`,
    `· cost ${formatCount(cost.evaluations)} evaluations, as much as ${formatNumber(cost.gradients)} gradients; ${formatSeconds(cost.seconds)} on ${engine}`,
  ].join("\n");
}

function drawn(report: LandscapeArtefact, { shown }: InspectedTarget): string {
  const title = `Loss about ${shown}`;
  if (report.axes.length === 1) return svgChart(landscapeChart(report, title));
  return svgContours(landscapeContours(report, title));
}
