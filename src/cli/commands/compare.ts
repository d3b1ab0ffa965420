import { NadirError } from "../../base/errors.ts";
import type { PathAlong, PathArtefact } from "../../drawing/path.ts";
import { connect } from "../../inspection/connect.ts";
import { type Axis, alignCurves, axes, type RunCurve } from "../../records/alignedCurves.ts";
import { type Comparison, compareGroups } from "../../records/comparison.ts";
import { withRepetitions } from "../../records/differences.ts";
import { factsOf } from "../../records/runFacts.ts";
import type { RunSummary } from "../../runs/run.ts";
import { openStore, type Store } from "../../runs/store.ts";
import { type Command, type Invocation, wordFlag } from "../command.ts";
import { type ComparedGroup, comparisonInWords, type PathBarriers } from "../comparisonView.ts";
import { exitCode } from "../exitCodes.ts";
import { findInspected } from "../inspected.ts";
import { keepMeasured } from "../keepMeasured.ts";
import { namedRun, namedRuns } from "../namedRuns.ts";
import type { JsonResult } from "../output.ts";

/** Groups at most: more are a table that nobody reads. */
const MOST_GROUPS = 12;
/** Runs of a group of which the curves are read. */
const MOST_CURVES = 20;

/** `nadir compare A B …`: what differs between runs, what that did, and whether it exceeds what seeds do. */
export const compare: Command = async (invocation) => {
  const { words, flags, output, store, now } = invocation;
  const axis = wordFlag(flags, "by", axes) ?? "step";
  const metric = typeof flags["metric"] === "string" ? flags["metric"] : "loss";
  await using opened = await openStore(store, { readOnly: true });
  const named = namedRuns(opened, words, now());
  const groups = groupsOf(opened, named);
  const baseline = baselineOf(opened, groups, invocation);
  const comparison = compareGroups(
    groups.map(({ facts }) => facts),
    baseline,
  );
  const curves = curvesOf(opened, groups, metric, axis);
  const path =
    flags["path"] === true ? await pathBetween(endsOf(named, groups), invocation) : undefined;
  const all = flags["all"] === true;
  const equal = comparison.settings.filter(({ differs }) => !differs).length;
  output.result(
    () =>
      comparisonInWords(
        { groups, comparison, curves, metric, path: path && barriersOf(path), all },
        output,
      ),
    {
      schema: "nadir.comparison/1",
      baseline: groups[baseline]?.runs[0]?.id,
      groups: groups.map(({ runs }) => ({
        runs: runs.map(({ id }) => id),
        seeds: runs.map(({ seed }) => seed),
        verdicts: runs.map(({ verdictKind }) => verdictKind),
      })),
      settings: rowsToTell(comparison, all),
      equal,
      figures: comparison.figures,
      verdicts: comparison.verdicts,
      curves: { metric, ...curves },
      path: path && barriersOf(path),
    },
  );
  if (path !== undefined) {
    const { from, to } = path;
    const result: JsonResult = { schema: "nadir.path/1", ...path };
    await keepMeasured(store, from, "path", { from, to }, result, output);
  }
  return exitCode.done;
};

const rowsToTell = ({ settings }: Comparison, all: boolean): Comparison["settings"] =>
  all ? settings : settings.filter(({ differs }) => differs);

/** The runs named, with those of the store that are equal but for the seed, in groups. */
function groupsOf(store: Store, named: readonly RunSummary[]): ComparedGroup[] {
  const all = store.runs({ archived: false });
  const byId = new Map([...all, ...named].map((run) => [run.id, run]));
  const groups = withRepetitions(named.map(factsOf), all.map(factsOf));
  if (named.length < 2 && groups.flat().length < 2) {
    throw new NadirError("compare/one", `there is one run to compare: ${named[0]?.id}`, {
      expected: "two runs or more, such as @ and @2, or a filter that finds several",
      hint: "nadir ls, which lists them",
    });
  }
  if (groups.length > MOST_GROUPS) {
    throw new NadirError("compare/many", `${groups.length} groups of runs that differ`, {
      expected: `at most ${MOST_GROUPS}`,
      hint: "a narrower filter",
    });
  }
  return groups.map((facts) => ({ facts, runs: facts.flatMap(({ id }) => byId.get(id) ?? []) }));
}

/** The place of the group that holds the baseline: the first unless told. */
function baselineOf(
  store: Store,
  groups: readonly ComparedGroup[],
  { flags: { baseline }, now }: Invocation,
): number {
  if (typeof baseline !== "string") return 0;
  const { id } = namedRun(store, baseline, now());
  const place = groups.findIndex(({ runs }) => runs.some((run) => run.id === id));
  if (place >= 0) return place;
  throw new NadirError("compare/baseline", `the baseline ${id} is not among the runs`, {
    expected: `one of ${groups.map(({ runs }) => runs[0]?.id).join(", ")}`,
  });
}

function curvesOf(
  store: Store,
  groups: readonly ComparedGroup[],
  metric: string,
  axis: Axis,
): ReturnType<typeof alignCurves> {
  const curves = groups.map(({ runs }) =>
    runs.slice(0, MOST_CURVES).flatMap((run): RunCurve[] => {
      if (!store.seriesCounts(run.id).has(metric)) return [];
      return [{ ...store.series(run.id, metric), total: totalsOf(run) }];
    }),
  );
  return alignCurves(curves, axis, 120);
}

/** What a run's steps came to by each axis. */
function totalsOf({ steps, seconds, config, cost }: RunSummary): RunCurve["total"] {
  const counted = new Map(Object.entries(cost ?? {}));
  const number = (value: unknown): number | undefined =>
    typeof value === "number" ? value : undefined;
  const evaluations =
    number(counted.get("gradientEquivalents")) ?? number(counted.get("gradients"));
  return {
    ...{ step: steps, time: seconds, epoch: number(config["epochs"]) },
    evaluations: evaluations ?? number(counted.get("examples")),
  };
}

/** The two runs between which a path is wanted: those that were named, else what stands for the two groups. */
function endsOf(
  named: readonly RunSummary[],
  groups: readonly ComparedGroup[],
): readonly [RunSummary, RunSummary] {
  const runs = named.length === 2 ? named : groups.flatMap(({ runs: [head] }) => head ?? []);
  const [a, b, ...others] = runs;
  if (a === undefined || b === undefined || others.length > 0) {
    throw new NadirError("compare/path", `a path between ${runs.length} runs`, {
      expected: "two runs",
      hint: "nadir compare RUN RUN --path",
    });
  }
  return [a, b];
}

/** The loss between the ends of two runs, as it is kept: without the fitted middle, which has as many entries as params. */
async function pathBetween(
  [a, b]: readonly [RunSummary, RunSummary],
  invocation: Invocation,
): Promise<PathArtefact> {
  const from = await findInspected([a.id], 0, invocation);
  const to = await findInspected([b.id], 0, invocation);
  const { line, curve, distance, rows, cost } = await connect<unknown>(from.problem, {
    ...{ at: from.at, state: from.state, to: to.at },
  });
  const along = ({ t, loss, barrier, heldOut }: PathAlong): PathAlong => ({
    ...{ t, loss, barrier },
    ...(heldOut && { heldOut }),
  });
  return {
    ...{ from: a.id, to: b.id, distance, rows, cost },
    line: along(line),
    ...(curve && { curve: along(curve) }),
  };
}

const barriersOf = ({ line, curve, distance }: PathArtefact): PathBarriers => ({
  ...{ line: line.barrier.height, curve: curve?.barrier.height, distance },
});
