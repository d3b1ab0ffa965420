import { useCallback, useMemo } from "preact/hooks";
import { formatNumber, formatSeconds } from "../../../src/cli/format.ts";
import { drawChart } from "../../../src/drawing/chart.ts";
import { csvOfChart } from "../../../src/drawing/csv.ts";
import { type PathArtefact, type PathLosses, pathChart } from "../../../src/drawing/path.ts";
import type { Style } from "../../../src/drawing/style.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { useArtefact } from "../run/artefacts.ts";
import type { RunState } from "../run/runData.ts";

/** Pixels of the picture from top to bottom. */
const HEIGHT = 300;

/** The loss between the ends of two runs: what was measured of it, and the command that measures it. */
export function PathBetween({ states }: { readonly states: readonly RunState[] }) {
  const [a, b] = states;
  const ids = [a?.reply.run.id ?? "", b?.reply.run.id ?? ""] as const;
  const found = useMemo(() => keptPath(states.slice(0, 2)), [states]);
  const read = useArtefact<PathArtefact>(found?.run ?? "", found?.info);
  if (a === undefined || b === undefined || states.length !== 2) {
    return (
      <p class="quiet">
        A path leads from one end to another: compare two runs to see whether they lie in one
        valley.
      </p>
    );
  }
  const command = `nadir compare ${ids.join(" ")} --path`;
  const running = [a, b].find(({ reply }) => reply.run.status === "running");
  return (
    <>
      {read.kind === "reading" && <Skeleton of="the path" height={HEIGHT} />}
      {read.kind === "failed" && <ProblemBox problem={read.problem} place="the path" />}
      {read.kind === "ready" && <Path path={read.value} command={command} />}
      {read.kind === "none" && (
        <p>
          Whether the two ends lie in one valley is not measured yet: the loss along the straight
          line between them, and along a curve that is fitted to stay low.
        </p>
      )}
      {running === undefined ? (
        <CopyLine
          label={
            read.kind === "ready"
              ? "measure it again:"
              : "measure it (42 evaluations over the rows and 500 steps on batches); it then appears here:"
          }
          text={command}
        />
      ) : (
        <p class="quiet">It can be measured once {running.reply.run.id} has ended.</p>
      )}
    </>
  );
}

/** The newest path between two runs, whichever it begins at. */
function keptPath(states: readonly RunState[]) {
  const ids = states.map(({ reply }) => reply.run.id);
  const names = [ids, [...ids].reverse()].map(([from, to]) => `path from=${from} to=${to}`);
  const kept = states.flatMap(({ reply }) =>
    reply.artefacts
      .filter(({ kind, name }) => kind === "path" && names.includes(name))
      .map((info) => ({ run: reply.run.id, info })),
  );
  return kept.sort((x, y) => x.info.created - y.info.created).at(-1);
}

function Path({ path, command }: { readonly path: PathArtefact; readonly command: string }) {
  const chart = useMemo(() => pathChart(path), [path]);
  const draw = useCallback(
    (style: Style, width: number): Drawn => {
      const { marks, panel } = drawChart(chart, { left: 0, top: 0, width, height: HEIGHT }, style);
      const scene = { width, height: HEIGHT, paper: style.paper, fontSize: style.fontSize, marks };
      return { scene, panels: [panel] };
    },
    [chart],
  );
  return (
    <Figure
      name={`nadir-path-${path.from}-${path.to}`}
      title={`Loss between the ends of ${path.from} and ${path.to}`}
      summary={inWords(path)}
      draw={draw}
      table={() => ({
        head: ["way from the first to the second", ...chart.series.map(({ name }) => name)],
        rows: path.line.t.map((t, i) => [
          t,
          ...chart.series.map(({ points }) => points[i]?.[1] ?? Number.NaN),
        ]),
      })}
      csv={() => csvOfChart(chart)}
      source={command}
    />
  );
}

/** What the barriers come to, with what they prove and what they do not. */
function inWords({ line, curve, distance, cost }: PathArtefact): string {
  const barrier = ({ barrier: { height, at } }: PathLosses): string =>
    height > 0 ? `${formatNumber(height)} at ${formatNumber(at, 2)} of the way` : "none";
  const parts = [
    `Barrier on the straight line: ${barrier(line)}`,
    ...(curve === undefined ? [] : [`on the fitted curve: ${barrier(curve)}`]),
    `the ends are ${formatNumber(distance)} apart; measured in ${formatSeconds(cost.seconds)}`,
  ];
  return `${parts.join("; ")}. A curve without a barrier shows that both lie in one valley; a barrier shows only that this path has one.`;
}
