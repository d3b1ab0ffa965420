import { NadirError } from "../../base/errors.ts";
import type { Series } from "../../diagnosis/advice/evidence.ts";
import type { Finding } from "../../diagnosis/advice/finding.ts";
import { remedyText } from "../../diagnosis/advice/remedyText.ts";
import { connect } from "../../inspection/connect.ts";
import { diagnose as ask, type Diagnosis } from "../../inspection/diagnose.ts";
import { layerHealth } from "../../inspection/layerHealth.ts";
import type { Run } from "../../runs/run.ts";
import { openStore } from "../../runs/store.ts";
import type { RunEvent } from "../../training/events.ts";
import { changedSince } from "../changedFile.ts";
import { type Command, countFlag, type Invocation, positiveFlag, wordFlag } from "../command.ts";
import { fixOf, outcomeOf, outcomeTable } from "../diagnoseFix.ts";
import { curvaturePart, landscapePart, planes } from "../diagnoseParts.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { formatCount, formatNumber, formatSeconds, formatTable } from "../format.ts";
import { wayOf } from "../inspected.ts";
import { namedRun } from "../namedRuns.ts";
import type { Colors, Output } from "../output.ts";
import { inFile } from "../runInfo.ts";
import { pointOfRun } from "../runPoint.ts";
import { type RecordedTraining, trainingOfRun } from "../train/trainFlags.ts";
import { recordTraining } from "../train/trainRun.ts";
import { renderVerdict } from "../verdictMark.ts";

const parts = ["findings", "spectrum", "health", "landscape"] as const;
type Part = (typeof parts)[number];
const usual: readonly Part[] = ["findings", "spectrum", "health"];

/** What was measured of a run, and what of it is said. */
interface Looked {
  readonly run: Run;
  readonly recorded: RecordedTraining;
  readonly diagnosis: Diagnosis | undefined;
  readonly lines: readonly string[];
  /** The step of the checkpoint that was looked at. */
  readonly step: number | undefined;
  readonly data: object;
}

/** `nadir diagnose RUN [RUN]`: what a training suffers from, and the one change to try; of two runs, the way between them. */
export const diagnose: Command = async (invocation) => {
  const { words, flags, output } = invocation;
  const { run, events, series } = await readRun(words[0] ?? "@", invocation);
  if (flags["fix"] === true && run.status === "running") {
    throw new NadirError("store/running", `run ${run.id} still runs`, {
      expected: "with --fix a run that is over, for the changed one to be compared with",
      hint: `nadir diagnose ${run.id} looks at its last checkpoint`,
    });
  }
  const recorded = await trainingOfRun(run, invocation.cwd);
  if (words.length > 1) return between(invocation, run, recorded, words[1]!);
  const looked = await look(invocation, { run, recorded, events, series });
  await keep(looked, invocation);
  if (flags["fix"] === true) return fix(invocation, looked);
  output.result(() => [head(run, output, looked.step), ...looked.lines].join("\n\n"), {
    schema: "nadir.diagnosis/1",
    run: run.id,
    verdict: run.verdictKind,
    ...looked.data,
  });
  return exitCode.done;
};

/** A run with all that it told. */
async function readRun(reference: string, { store, now }: Invocation) {
  await using opened = await openStore(store, { readOnly: true });
  const run = namedRun(opened, reference, now());
  const names = opened.seriesNames(run.id);
  return {
    run,
    events: opened.events(run.id).map(({ event }): RunEvent => event),
    series: Object.fromEntries(names.map((name) => [name, opened.series(run.id, name)])),
  };
}

/** The parts that are named, and those that another flag asks for. */
function chosenParts({ only, plane, grid, density }: Invocation["flags"]): readonly Part[] {
  const asked: Part[] = [
    ...(plane === undefined && grid === undefined ? [] : (["landscape"] as const)),
    ...(density === true ? (["spectrum"] as const) : []),
  ];
  const words: readonly string[] = [
    ...(typeof only === "string" ? only.split(",") : usual),
    ...asked,
  ];
  const odd = words.find((word) => !parts.some((part) => part === word));
  if (odd !== undefined) {
    throw new NadirError("cli/flag", `--only has "${odd}"`, { expected: parts.join(", ") });
  }
  return parts.filter((part) => words.includes(part));
}

async function look(
  { flags, output }: Invocation,
  {
    run,
    recorded,
    events,
    series,
  }: Pick<Looked, "run" | "recorded"> &
    Pick<Awaited<ReturnType<typeof readRun>>, "events" | "series">,
): Promise<Looked> {
  const wanted = chosenParts(flags);
  const [effort, rows] = [countFlag(flags, "effort") ?? 2, countFlag(flags, "rows")];
  if (effort > 4) throw new NadirError("cli/flag", `--effort is ${effort}`, { expected: "1 to 4" });
  const tolerance = positiveFlag(flags, "tol");
  const [plane, grid] = [wordFlag(flags, "plane", planes), countFlag(flags, "grid")];
  const { problem, file } = recorded;
  const { colors } = output;
  const diverged = run.verdictKind === "diverged";
  // A run that was rolled back to its start and gave up has left nothing to look at.
  const point = diverged ? undefined : pointOfRun(run, problem);
  if (point === undefined && !diverged) throw noCheckpoint(run);
  const changed = point && (await changedSince(problem, point.settings));
  if (changed !== undefined)
    output.note(
      `${file.shown} has changed since the run, and is diagnosed as it is now: ${changed}`,
    );
  const lines: string[] = [];
  const data: Record<string, unknown> = changed === undefined ? {} : { changed };
  let diagnosis: Diagnosis | undefined;
  const asked = { ...point?.place, ...(rows === undefined ? {} : { rows }) };
  try {
    if (wanted.includes("findings")) {
      output.note("looking at the data, the start, the end, and a few steps beyond");
      diagnosis = await ask(problem, { ...asked, events, series, effort });
      lines.push(findingsInWords(diagnosis, colors));
      const noise = noiseInWords(diagnosis, colors);
      if (noise !== undefined) lines.push(noise);
      data["noise"] = {
        atEnd: diagnosis.evidence.noise,
        batchSize: diagnosis.evidence.run.batchSize,
        whileTraining: pointsOf(diagnosis.evidence.run.noiseScale),
      };
      data["findings"] = diagnosis.findings.map((finding) => ({
        ...finding,
        fix: remedyText(finding.remedy),
      }));
      data["seconds"] = diagnosis.seconds;
    }
    if (point !== undefined) {
      const sampled = {
        ...point.place,
        rows: Math.min(problem.data.size, rows ?? 256 * 2 ** effort),
      };
      if (wanted.includes("spectrum")) {
        const told = await curvaturePart(problem, colors, {
          ...{ ...sampled, largest: 3, smallest: 1, maxProducts: 50 * 2 ** effort },
          ...(tolerance === undefined ? {} : { tolerance }),
          ...(flags["density"] === true ? { density: true } : {}),
        });
        data["spectrum"] = told.data;
        lines.push(told.text);
      }
      if (wanted.includes("health")) {
        const { layers, depth } = await layerHealth(problem, sampled);
        data["health"] = { layers, depth };
        lines.push(
          `${colors.bold("layers")}\n${formatTable(
            [
              ["layer", "kind", "‖w‖", "‖∇w‖", "signal", "dead", "saturated"],
              ...layers.map(({ layer, kind, weightNorm, gradientNorm, activation }) => [
                ...[layer, kind, formatNumber(weightNorm, 3), formatNumber(gradientNorm, 3)],
                activation === undefined ? "" : formatNumber(activation.rms, 3),
                share(activation?.deadFraction),
                share(activation?.saturatedFraction),
              ]),
            ],
            new Set([2, 3, 4, 5, 6]),
          )}`,
        );
      }
      if (wanted.includes("landscape")) {
        const told = await landscapePart(problem, colors, {
          ...{ ...sampled, plane, grid, run: run.id },
          way: () => wayOf(run, problem, point.step),
        });
        data["landscape"] = told.data;
        lines.push(told.text);
      }
    }
  } catch (error) {
    throw inFile(error, file.shown);
  }
  const step = point?.step;
  return { run, recorded, diagnosis, lines, step, data: { step, ...data } };
}

const share = (value: number | undefined): string =>
  value === undefined ? "" : `${Math.round(100 * value)} %`;

const noCheckpoint = (run: Run): NadirError =>
  new NadirError("inspect/run", `run ${run.id} has no checkpoint`, {
    expected: "a run that has saved its params",
    hint: "nadir train saves them every 10 s and at the end",
  });

/** What a run without a verdict is looked at in: where it was last saved. */
const unended = { running: "still runs", interrupted: "was stopped", crashed: "crashed" } as const;

function head(run: Run, { colors, columns }: Output, step?: number): string {
  const title = `${colors.bold(run.id)}  ${run.name}`;
  return run.verdict === undefined
    ? `${title}${run.status === "ended" || step === undefined ? "" : `   ${colors.yellow(unended[run.status])}: this is its checkpoint of step ${formatCount(step)}`}`
    : `${title}\n${renderVerdict(run.verdict, colors, columns)}`;
}

const marks = { serious: "✗", warning: "!", note: "·" } as const;

function findingsInWords({ findings, seconds }: Diagnosis, colors: Colors): string {
  const paint = { serious: colors.red, warning: colors.yellow, note: colors.gray };
  const one = ({ name, severity, evidence, cause, advice }: Finding): string =>
    [
      `${paint[severity](`${marks[severity]} ${name}`)}  ${colors.dim(`${severity} · nadir explain ${name}`)}`,
      `  ${evidence}`,
      `  ${cause}`,
      `  ${colors.bold("try:")} ${advice}`,
    ].join("\n");
  const took = colors.dim(`looked for ${formatSeconds(seconds)}`);
  if (findings.length === 0)
    return `nothing is wrong with this run, as far as was looked   ${took}`;
  return [...findings.map(one), took].join("\n\n");
}

const pointsOf = ({ steps, values }: Series): readonly (readonly [number, number])[] =>
  Array.from(steps, (step, i) => [step, values[i]!] as const);

/** The noise scale at the end, and what it was on the way. */
function noiseInWords({ evidence }: Diagnosis, colors: Colors): string | undefined {
  const { noise, run } = evidence;
  const points = pointsOf(run.noiseScale);
  const [first, last] = [points[0], points.at(-1)];
  if (noise === undefined && first === undefined) return undefined;
  const rows = (scale: number): string => `${formatNumber(scale, 2)} rows`;
  const told = [
    ...(noise === undefined
      ? []
      : [
          noise.isResolved
            ? `scale ${rows(noise.noiseScale)} at the end`
            : "hides the gradient at the end",
        ]),
    ...(first === undefined || last === undefined
      ? []
      : [
          `while it trained ${rows(first[1])} at step ${first[0]}${last[0] === first[0] ? "" : `, ${rows(last[1])} at step ${last[0]}`}`,
        ]),
    `batches have ${run.batchSize}`,
  ];
  return `${colors.bold("noise")}  ${told.join("; ")}   ${colors.dim("nadir explain gradient-noise-scale")}`;
}

/** Keeps the diagnosis with its run, where the store can be written. */
async function keep({ run, data }: Looked, { store, output }: Invocation): Promise<void> {
  try {
    await using opened = await openStore(store);
    opened.artefacts.putJson(
      run.id,
      { kind: "diagnosis", name: "findings", step: run.steps },
      { schema: "nadir.diagnosis/1", ...data },
    );
  } catch (error) {
    if (!(error instanceof NadirError)) throw error;
    output.note(`the diagnosis could not be kept with the run: ${error.summary}`);
  }
}

/** Makes the one change in a new run, and compares. */
async function fix(invocation: Invocation, looked: Looked): Promise<ExitCode> {
  const { output } = invocation;
  const { run, recorded, diagnosis, lines } = looked;
  const { colors } = output;
  const found = diagnosis === undefined ? undefined : fixOf(diagnosis.findings, recorded);
  if (found === undefined) {
    const none = "nothing was tried: what the first finding asks for, only the file can change";
    const nothing = diagnosis?.findings.length === 0;
    output.result(
      () =>
        [
          head(run, output, looked.step),
          ...lines,
          nothing ? "nothing was found to fix" : none,
        ].join("\n\n"),
      { schema: "nadir.fix/1", run: run.id, ...looked.data },
    );
    return nothing ? exitCode.done : exitCode.unexpected;
  }
  const { setting, from, to } = found.change;
  const changed = `${setting} ${from === undefined ? "" : `${String(from)} → `}${String(to)}`;
  output.note(`${found.finding.name}: trying ${changed}`);
  const { file, training } = recorded;
  const { run: after, closing } = await recordTraining(
    invocation,
    {
      ...{
        file,
        training,
        settings: found.settings,
        words: found.words,
        name: `${run.name}-fixed`,
      },
      flags: { ...found.flags, seed: run.seed },
      origin: { parent: run.id, change: found.change },
    },
    {},
  );
  const outcome = outcomeOf(run, after);
  output.result(
    () =>
      [
        head(run, output, looked.step),
        ...lines,
        `${colors.bold("tried")}  ${changed}`,
        outcomeTable(outcome, [run, after], colors),
        (outcome.helped ? colors.green : colors.yellow)(outcome.words),
        ...(after.status === "interrupted"
          ? [`the changed run was stopped on its way: nadir resume ${after.id} goes on with it`]
          : []),
      ].join("\n\n"),
    {
      ...{ schema: "nadir.fix/1", run: run.id, ...looked.data },
      fix: {
        run: after.id,
        finding: found.finding.name,
        change: found.change,
        status: after.status,
        ...outcome,
      },
    },
  );
  return closing.interrupted ?? exitCode.done;
}

/** Of two runs of one training, what lies between where they ended. */
async function between(
  invocation: Invocation,
  run: Run,
  { problem, file }: RecordedTraining,
  reference: string,
): Promise<ExitCode> {
  const { flags, output } = invocation;
  const { run: other } = await readRun(reference, invocation);
  const [a, b] = [run, other].map((one) => {
    const point = pointOfRun(one, problem);
    if (point === undefined) throw noCheckpoint(one);
    return point;
  });
  const rows = countFlag(flags, "rows");
  try {
    const report = await connect(problem, {
      ...{ ...a!.place, to: b!.place.at },
      ...(rows === undefined ? {} : { rows }),
    });
    const { line, curve, distance } = report;
    const { colors } = output;
    output.result(
      () =>
        [
          `${colors.bold(run.id)} – ${colors.bold(other.id)}  ${formatNumber(distance, 4)} apart`,
          `barrier ${formatNumber(line.barrier.height, 3)} on the line${curve === undefined ? "" : `, ${formatNumber(curve.barrier.height, 3)} on the curve`}`,
        ].join("\n"),
      {
        ...{ schema: "nadir.path/1", runs: [run.id, other.id], distance },
        ...{ line, curve: curve && { ...curve, middle: undefined } },
      },
    );
  } catch (error) {
    throw inFile(error, file.shown);
  }
  return exitCode.done;
}
