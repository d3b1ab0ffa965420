import { svgChart } from "../../drawing/chart.ts";
import { lrRangeTest, type RangeTest } from "../../training/lrRangeTest.ts";
import { untyped } from "../../training/untyped.ts";
import { type Command, countFlag, positiveFlag, wholeFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatNumber, formatTable } from "../format.ts";
import { parseSettings } from "../keyValues.ts";
import { loadUserFile } from "../loadUserFile.ts";
import type { Output } from "../output.ts";
import { outputFlag, writeOutputFile } from "../outputFile.ts";
import { inFile } from "../runInfo.ts";
import { chooseSettings } from "../settings.ts";
import { loadConfig, withDefaults } from "../train/config.ts";
import { buildProblem, readTraining } from "../train/trainFile.ts";

/** Rows of the table, and cells of its longest bar. */
const [tableRows, barWidth] = [16, 40];

/** `nadir range FILE [key=value …]`: a learning-rate range test of what a file would train. */
export const range: Command = async ({ words, flags, output, cwd }) => {
  const [target = "", ...overrides] = words;
  const [from, to] = [positiveFlag(flags, "from"), positiveFlag(flags, "to")];
  const steps = countFlag(flags, "steps");
  const seed = wholeFlag(flags, "seed");
  const picture = outputFlag(flags, "picture", cwd);
  const config = await loadConfig(cwd);
  const file = await loadUserFile(target, cwd);
  const training = readTraining(file);
  const { values } = chooseSettings(training.settings, parseSettings(overrides), file.shown);
  const built = await buildProblem(training, values, file.shown);
  const problem = withDefaults(built, config?.training ?? {});
  const given = Object.entries({ from, to, steps }).filter(([, value]) => value !== undefined);
  let found: RangeTest;
  try {
    const options = untyped(problem);
    found = await lrRangeTest(
      seed === undefined ? options : { ...options, seed },
      Object.fromEntries(given),
    );
  } catch (error) {
    throw inFile(error, file.shown);
  }
  if (picture !== undefined) writeOutputFile(picture, [Buffer.from(drawn(found, file.shown))]);
  output.result(() => inWords(found, file.shown, output), {
    ...{ schema: "nadir.range/1", file: file.path, ...found },
  });
  return exitCode.done;
};

function inWords(found: RangeTest, shown: string, { colors }: Output): string {
  const { rates, smoothed, suggestion, ceiling, diverged, method, engine } = found;
  const [low, high] = [Math.min(...smoothed), Math.max(...smoothed)];
  const count = Math.min(tableRows, rates.length);
  const picked = Array.from({ length: count }, (_, i) =>
    Math.round((i * (rates.length - 1)) / Math.max(1, count - 1)),
  );
  const near = (rate: number): number =>
    picked.reduce((best, i) =>
      Math.abs(Math.log(rates[i]! / rate)) < Math.abs(Math.log(rates[best]! / rate)) ? i : best,
    );
  const marks = new Map<number, string>([[near(ceiling), "← least"]]);
  if (suggestion !== undefined) marks.set(near(suggestion), "← falls fastest");
  const table = picked.map((i) => {
    const part = high > low ? (smoothed[i]! - low) / (high - low) : 0;
    const bar = "█".repeat(1 + Math.round(part * (barWidth - 1)));
    return [
      formatNumber(rates[i]!),
      formatNumber(smoothed[i]!),
      colors.cyan(bar),
      marks.get(i) ?? "",
    ];
  });
  const advice =
    suggestion === undefined
      ? "the loss never fell: try smaller rates (--from), or look at the loss and the data"
      : `begin with ${colors.bold(formatNumber(suggestion, 2))}, where the loss falls fastest; from about ${formatNumber(ceiling, 2)} on it rises`;
  return [
    `${shown}  ${method} · ${engine} · ${rates.length} steps${diverged ? ", until the loss exploded" : ""}`,
    formatTable([["rate", "loss", "", ""], ...table], new Set([0, 1])),
    `→ ${advice}`,
  ].join("\n");
}

const drawn = ({ rates, losses, smoothed }: RangeTest, shown: string): string =>
  svgChart({
    title: `Learning-rate range test of ${shown}`,
    x: { label: "learning rate", scale: "log" },
    y: { label: "loss of a batch" },
    series: [
      { name: "each", points: rates.map((rate, i) => [rate, losses[i]!]), as: "dots" },
      { name: "moving average", points: rates.map((rate, i) => [rate, smoothed[i]!]) },
    ],
  });
