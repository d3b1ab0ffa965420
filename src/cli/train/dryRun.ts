import { batchSizeOf } from "../../training/plannedSteps.ts";
import type { Invocation } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { formatTable } from "../format.ts";
import { type ChosenSettings, namesOf, settingAt } from "../settings.ts";
import { shownPath } from "../shownPath.ts";
import { type LoadedConfig, withDefaults } from "./config.ts";
import { buildProblem } from "./trainFile.ts";
import { applyFlags } from "./trainFlags.ts";
import type { Supervision, TrainRequest } from "./trainRun.ts";

/** A value that would hold, and who says it. */
interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly from: string;
}

/** What may be said by the configuration, the file and a flag, weakest first. */
const layered = ["seed", "engine", "threads", "dtype", "tolerance", "batchSize", "epochs", "steps"];

/**
 * Says what would run, and where each value comes from: nadir's own default, the configuration, the file, or the command
 * line, in this order. The file's problem is built, as only that knows what it states; nothing is computed.
 */
export async function dryRun(
  { output, store, cwd, flags: given }: Invocation,
  { file, training, settings, flags }: TrainRequest,
  { overridden }: ChosenSettings,
  { config, supervision }: { config: LoadedConfig | undefined; supervision: Supervision },
): Promise<ExitCode> {
  const line = "command line";
  const isGiven = (name: string): boolean =>
    [...overridden].some((key) => name === key || name.startsWith(`${key}.`));
  const rows = namesOf(settings).map((name): Row => {
    const value = settingAt(settings, name);
    return { name, value, from: isGiven(name) ? line : file.shown };
  });
  const { config: defaults = {}, ...own } = flags;
  const flagRows = Object.entries(own)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): Row => ({ name: `--${name}`, value, from: line }));
  const built = await buildProblem(training, settings, file.shown);
  const whole = applyFlags(built, flags);
  const usual = {
    ...{ seed: 0, engine: "auto", threads: "all cores", dtype: "f32", tolerance: 1e-4 },
    ...(built.method?.kind === "rule" ? { batchSize: batchSizeOf(whole), epochs: 10 } : {}),
  };
  const stood = { ...usual, ...withDefaults(built, defaults), ...whole };
  const sourceOf = (name: string): string => {
    if (own[name as keyof typeof own] !== undefined) return line;
    if (built[name as keyof typeof built] !== undefined) return file.shown;
    if (defaults[name as keyof typeof defaults] !== undefined) return config?.shown ?? "default";
    return "default";
  };
  const options = layered
    .filter((name) => name in stood && (name !== "epochs" || whole.steps === undefined))
    .map((name): Row => {
      const value: unknown = stood[name as keyof typeof stood];
      return { name, value, from: sourceOf(name) };
    });
  const said = (isFlag: boolean, isConfig: boolean): string =>
    isFlag ? line : isConfig ? (config?.shown ?? "default") : "default";
  const around: Row[] = [
    {
      ...{ name: "store", value: shownPath(store, cwd) },
      from: said(given["store"] !== undefined, config?.store !== undefined),
    },
    {
      ...{ name: "checkpoint", value: supervision.checkpoint ?? 10 },
      from: said(given["checkpoint"] !== undefined, config?.checkpoint !== undefined),
    },
    ...(supervision.tags ?? []).map(
      (tag): Row => ({
        ...{ name: "tag", value: tag },
        from: config?.tags.includes(tag) === true ? config.shown : line,
      }),
    ),
  ];
  const { colors } = output;
  const all = [...options, ...around];
  const shown = [
    ...rows,
    ...flagRows.filter(({ name }) => !all.some((other) => name === `--${other.name}`)),
    ...all,
  ];
  const text = (): string =>
    formatTable(
      shown.map(({ name, value, from }) => [
        colors.bold(name),
        typeof value === "string" ? value : JSON.stringify(value),
        colors.dim(from),
      ]),
    );
  const settingRows = [...rows, ...flagRows];
  output.result(text, {
    ...{ schema: "nadir.settings/1", file: file.path, settings: settingRows, options: all },
  });
  return exitCode.done;
}
