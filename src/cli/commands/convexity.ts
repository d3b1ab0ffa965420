import { assertNever } from "../../base/assert.ts";
import { NadirError } from "../../base/errors.ts";
import type { CurvatureReport, CurvatureWitness } from "../../training/curvature.ts";
import { curvature } from "../../training/curvature.ts";
import { curvatureOfTraining } from "../../training/curvatureOfTraining.ts";
import { untyped } from "../../training/untyped.ts";
import { type Command, type Invocation, wholeFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatNumber, wrap } from "../format.ts";
import { findFunction } from "../functionFile.ts";
import { nestSettings, parseSettings } from "../keyValues.ts";
import { loadUserFile } from "../loadUserFile.ts";
import type { Output } from "../output.ts";
import { inFile } from "../runInfo.ts";
import { chooseSettings } from "../settings.ts";
import { buildProblem, readTraining } from "../train/trainFile.ts";

/** `nadir convexity FILE|NAME [key=value …]`: whether a loss is convex, with the proof, the witness, or where the proof broke. */
export const convexity: Command = async (invocation) => {
  const { words, flags, output } = invocation;
  const [target = "", ...rest] = words;
  const seed = wholeFlag(flags, "seed") ?? 0;
  const report = await reportOf(target, rest, seed, invocation);
  output.result(() => inWords(report, target, output), {
    schema: "nadir.convexity/1",
    target,
    ...report,
  });
  return exitCode.done;
};

async function reportOf(
  target: string,
  words: readonly string[],
  seed: number,
  { cwd }: Invocation,
): Promise<CurvatureReport<unknown>> {
  const settings = nestSettings(parseSettings(words));
  const { dimension, x0, ...others } = settings;
  let found: Awaited<ReturnType<typeof findFunction>>;
  try {
    found = await findFunction(target, cwd, typeof dimension === "number" ? dimension : undefined);
  } catch (error) {
    if (!(error instanceof NadirError) || error.code !== "user-file/no-function") throw error;
    const file = await loadUserFile(target, cwd);
    const training = readTraining(file);
    const { values } = chooseSettings(training.settings, parseSettings(words), file.shown);
    const problem = await buildProblem(training, values, file.shown);
    try {
      return curvatureOfTraining({ ...untyped(problem), seed });
    } catch (error) {
      throw inFile(error, file.shown);
    }
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new NadirError("settings/unknown", `unknown setting "${unknown}"`, {
      expected: "x0=[…], or dimension=… for a test function",
    });
  }
  const start = x0 ?? found.options["x0"];
  if (start === undefined) {
    throw new NadirError("minimize/x0", `${found.shown}: the shape of x is not known`, {
      expected: "x0=[…] on the command line, or export const x0 = […]",
    });
  }
  try {
    return curvature<unknown>(found.f as never, { x0: start, seed }); // checked as a function by findFunction
  } catch (error) {
    throw inFile(error, found.shown);
  }
}

function inWords(report: CurvatureReport<unknown>, target: string, output: Output): string {
  const { colors, columns } = output;
  const lines = sentencesOf(report).map((line) => wrap(`· ${line}`, Math.min(100, columns), "  "));
  return [`${colors.bold(titleOf(report))}  ${colors.dim(target)}`, ...lines].join("\n");
}

function titleOf(report: CurvatureReport<unknown>): string {
  switch (report.kind) {
    case "convex":
    case "concave":
    case "affine":
    case "constant":
      return `${report.kind}, proved`;
    case "biconvex":
      return `biconvex: convex in each of ${report.blocks.map((block) => block.join(" + ")).join(" | ")}`;
    case "not-convex":
      return "not convex, by a witness";
    case "unknown":
      return "unknown: neither a proof nor a witness";
    default:
      return assertNever(report);
  }
}

function sentencesOf(report: CurvatureReport<unknown>): readonly string[] {
  switch (report.kind) {
    case "convex":
    case "concave":
    case "affine":
    case "constant": {
      const { strongConvexity: mu } = report;
      const bound =
        mu === undefined
          ? []
          : [
              `strongly convex with μ = ${formatNumber(mu)}: f(x) lies within ‖∇f(x)‖²/2μ of the minimum`,
            ];
      const global = report.kind === "convex" ? ["every local minimum is global"] : [];
      return [...report.trail, ...global, ...bound];
    }
    case "biconvex":
      return [
        ...report.trail,
        ...(report.witness === undefined
          ? []
          : [`not convex in all at once: ${witnessInWords(report.witness)}`]),
      ];
    case "not-convex":
      return [witnessInWords(report.witness), `the proof broke at ${report.broken}`];
    case "unknown":
      return [
        `the proof broke at ${report.broken}`,
        "no pair of points was found whose midpoint lies above the chord",
      ];
    default:
      return assertNever(report);
  }
}

const witnessInWords = ({
  valueAtX,
  valueAtY,
  valueAtMidpoint,
}: CurvatureWitness<unknown>): string =>
  `f is ${formatNumber(valueAtX, 6)} and ${formatNumber(valueAtY, 6)} at two points, and ${formatNumber(valueAtMidpoint, 6)} half-way between, above their mean ${formatNumber(0.5 * (valueAtX + valueAtY), 6)} (the points: --json)`;
