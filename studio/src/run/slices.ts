import { formatCount, formatSeconds } from "../../../src/cli/format.ts";
import type { LandscapeArtefact } from "../../../src/drawing/landscape.ts";
import type { ArtefactInfo, Job, RunReply } from "../../../src/studio/protocol.ts";

/** The flags of the command that measured a slice: its name has them. */
export function flagsOf({ name }: Pick<ArtefactInfo, "name">): Job["flags"] {
  const words = name.split(" ").slice(1);
  return Object.fromEntries(
    words.map((word) => {
      const [, flag = word, value] = /^([^=]+)=(.*)$/.exec(word) ?? [];
      if (value === undefined) return [flag, true];
      const number = Number(value);
      return [flag, value !== "" && Number.isFinite(number) ? number : value];
    }),
  );
}

/** Flags without those that say where in training the plane is, and at which place of it. */
export function planeFlags(flags: Job["flags"]): Job["flags"] {
  const { through: _, place: __, ...plane } = flags;
  return plane;
}

/** Equal for slices that are one plane at several points of the training. */
export const planeKey = (info: Pick<ArtefactInfo, "name">): string =>
  JSON.stringify(Object.entries(planeFlags(flagsOf(info))).sort());

/** The steps at which a run's params are kept: where it began is drawn again by its seed. */
export const keptSteps = ({ checkpoints }: Pick<RunReply, "checkpoints">): readonly number[] =>
  checkpoints.length === 0 || checkpoints[0] === 0 ? checkpoints : [0, ...checkpoints];

/** The newest slices of a plane by the step that they go through. */
export function bySteps(
  kept: readonly ArtefactInfo[],
  key: string,
  last: number | undefined,
): ReadonlyMap<number, ArtefactInfo> {
  const found = new Map<number, ArtefactInfo>();
  for (const info of kept) {
    const step = info.step ?? last;
    if (planeKey(info) === key && step !== undefined) found.set(step, info);
  }
  return found;
}

/** What so many evaluations cost, and how long they take by what was measured of this run before. */
export function evaluationsCost(
  { cost, config }: Pick<RunReply, "cost" | "config">,
  evaluations: number,
  rows: number,
  measured: LandscapeArtefact | undefined,
): string {
  const count = `${formatCount(evaluations)} evaluation${evaluations === 1 ? "" : "s"}`;
  const all = allRows(config);
  const looked = rows > 0 ? rows : (all ?? measured?.ofRows);
  // A value is about a third of a gradient; and a step does more than its gradient.
  const pace = gradientSeconds(cost);
  const byPace =
    pace === undefined || looked === undefined
      ? Number.POSITIVE_INFINITY
      : (evaluations * looked * pace) / 3;
  if (measured !== undefined && measured.cost.evaluations > 0) {
    const share = looked !== undefined && measured.rows > 0 ? looked / measured.rows : 1;
    const each = (measured.cost.seconds / measured.cost.evaluations) * share;
    const bySlice = evaluations * each;
    // What a slice takes before its first value counts manifold where it was of fewer rows: then it is a bound alone.
    if (share <= 1 || bySlice <= byPace) {
      return `${count}, ${share <= 1 ? "about" : "at most"} ${formatSeconds(bySlice)}: the last slice took ${formatSeconds(each)} each`;
    }
  }
  if (looked === undefined || !Number.isFinite(byPace)) return `${count} over the training rows`;
  return `${count} over ${formatCount(looked)} rows, at most ${formatSeconds(byPace)} by the pace of its training`;
}

/** Rows of the training data, by what an epoch was. */
function allRows(config: RunReply["config"]): number | undefined {
  const { steps, epochs, batchSize } = config;
  if (typeof steps !== "number" || typeof epochs !== "number" || typeof batchSize !== "number")
    return undefined;
  return Math.round((steps * batchSize) / epochs);
}

/** Seconds that the training took for the gradient of one row. */
function gradientSeconds(cost: RunReply["cost"]): number | undefined {
  const { examples, seconds } = cost ?? {};
  const train =
    typeof seconds === "object" && seconds !== null && "train" in seconds ? seconds.train : 0;
  if (typeof examples !== "number" || typeof train !== "number") return undefined;
  return examples > 0 && train > 0 ? train / examples : undefined;
}
