import { useCallback, useEffect, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../../../src/cli/format.ts";
import { drawChart } from "../../../src/drawing/chart.ts";
import { csvOfChart } from "../../../src/drawing/csv.ts";
import { csvOfHeat, heatScene } from "../../../src/drawing/heatMap.ts";
import type { Style } from "../../../src/drawing/style.ts";
import type { Problem, TensorReply, TensorsReply } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { hello } from "../data/live.ts";
import { TableFrame } from "../figure/dataTable.tsx";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import type { RunState } from "./runData.ts";
import { matches } from "./search.ts";

type Asked<T> =
  | { readonly kind: "idle" | "reading" }
  | { readonly kind: "failed"; readonly problem: Problem }
  | { readonly kind: "ready"; readonly value: T };

/** What a server answers to a question that may change; nothing is asked while there is no key. */
function useAnswer<T>(key: string | undefined, ask: () => Promise<T>): Asked<T> {
  const [found, setFound] = useState<{ key: string; answer: Asked<T> } | undefined>(undefined);
  useEffect(() => {
    if (key === undefined) return;
    let wanted = true;
    const tell = (answer: Asked<T>): void => {
      if (wanted) setFound({ key, answer });
    };
    ask().then(
      (value) => tell({ kind: "ready", value }),
      (error: unknown) => tell({ kind: "failed", problem: problemOf(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [key]);
  if (key === undefined) return { kind: "idle" };
  return found?.key === key ? found.answer : { kind: "reading" };
}

interface TensorsProps {
  readonly state: RunState;
  readonly sought: string;
}

/** The params of a checkpoint: their norms, and of the one that is chosen a histogram and a heat map. */
export function Tensors({ state, sought }: TensorsProps) {
  const { run, checkpoints } = state.reply;
  const [isOpen, setOpen] = useState(false);
  const [step, setStep] = useState<number | undefined>(undefined);
  const [path, choose] = useState<string | undefined>(undefined);
  const at = step !== undefined && checkpoints.includes(step) ? step : checkpoints.at(-1);
  const list = useAnswer<TensorsReply>(isOpen ? `${run.id} ${at}` : undefined, () =>
    api.tensors(run.id, at),
  );
  if (hello.value?.file !== undefined) {
    return <p class="quiet">The params themselves are not in this file.</p>;
  }
  const shown = list.kind === "ready" ? list.value.tensors : [];
  const found = shown.filter((one) => matches(sought, `${one.path} ${one.shape.join("×")}`));
  return (
    <details
      class="tensors"
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        Params: histogram, norm and heat map of each <span class="quiet">of a checkpoint</span>
      </summary>
      {checkpoints.length > 1 && (
        <label class="controls">
          at step{" "}
          <select
            value={String(at)}
            onChange={({ currentTarget }) => setStep(Number(currentTarget.value))}
          >
            {checkpoints.map((one) => (
              <option key={one} value={String(one)}>
                {formatCount(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      {list.kind === "reading" && <Skeleton of="the params" height={120} />}
      {list.kind === "failed" && <ProblemBox problem={list.problem} place="the checkpoint" />}
      {list.kind === "ready" && (
        <TableFrame
          label="Params of the checkpoint"
          caption={`${formatCount(found.length)} of ${formatCount(shown.length)} arrays at step ${formatCount(list.value.step)}`}
          head={["params", "shape", "type", "norm"]}
        >
          {found.map((one) => (
            <tr key={one.path}>
              <td>
                <button
                  type="button"
                  aria-pressed={one.path === path}
                  onClick={() => choose(one.path === path ? undefined : one.path)}
                >
                  {one.path}
                </button>
              </td>
              <td>{one.shape.join("×") || "scalar"}</td>
              <td>{one.dtype}</td>
              <td>{formatNumber(one.norm, 4)}</td>
            </tr>
          ))}
        </TableFrame>
      )}
      {isOpen && path !== undefined && <OneTensor {...{ run: run.id, path, step: at }} />}
    </details>
  );
}

interface OneTensorProps {
  readonly run: string;
  readonly path: string;
  readonly step: number | undefined;
}

function OneTensor({ run, path, step }: OneTensorProps) {
  const read = useAnswer<TensorReply>(`${run} ${path} ${step}`, () => api.tensor(run, path, step));
  switch (read.kind) {
    case "idle":
    case "reading":
      return <Skeleton of={path} height={320} />;
    case "failed":
      return <ProblemBox problem={read.problem} place={path} />;
    case "ready":
      return <TensorFigures run={run} told={read.value} />;
  }
}

function TensorFigures({ run, told }: { readonly run: string; readonly told: TensorReply }) {
  const { path, step, size, norm, mean, low, high, zeros, notFinite, histogram, heat } = told;
  const width = (high - low) / histogram.length;
  const edges = histogram.map((_, i) => low + i * width);
  const chart = {
    ...{ title: "", x: { label: `value of ${path}` }, y: { label: "how many" } },
    series: [
      {
        ...{ name: path, as: "steps" as const, unnamed: true },
        points: [
          ...histogram.map((count, i) => [edges[i]!, count] as const),
          [high, histogram.at(-1) ?? 0] as const,
        ],
      },
    ],
  };
  const drawHistogram = useCallback(
    (style: Style, across: number): Drawn => {
      const frame = { left: 0, top: 0, width: across, height: 260 };
      const { marks, panel } = drawChart(chart, frame, style);
      const scene = {
        ...{ width: across, height: 260 },
        paper: style.paper,
        fontSize: style.fontSize,
        marks,
      };
      return { scene, panels: [panel] };
    },
    [told],
  );
  const drawHeat = useCallback(
    (style: Style, across: number): Drawn => ({
      scene: heatScene(heat, style, across),
      panels: [],
    }),
    [told],
  );
  const odd = notFinite > 0 ? `; ${formatCount(notFinite)} not finite` : "";
  const summary = `${formatCount(size)} values from ${formatNumber(low)} to ${formatNumber(high)}, mean ${formatNumber(mean)}, norm ${formatNumber(norm, 4)}; ${formatCount(zeros)} are 0${odd}.`;
  const rows = heat.rows === heat.ofRows && heat.columns === heat.ofColumns;
  return (
    <>
      <h3>
        {path} <span class="quiet">at step {formatCount(step)}</span>
      </h3>
      <Figure
        name={`nadir-${run}-${path}-histogram`}
        title={`Histogram of ${path}`}
        summary={summary}
        draw={drawHistogram}
        table={() => ({
          head: ["from", "to", "values"],
          rows: histogram.map((count, i) => [edges[i]!, edges[i]! + width, count]),
        })}
        csv={() => csvOfChart(chart)}
      />
      <Figure
        name={`nadir-${run}-${path}-heat`}
        title={`Heat map of ${path}`}
        summary={`${formatCount(heat.ofRows)} × ${formatCount(heat.ofColumns)}${rows ? "" : `, as means over ${heat.rows} × ${heat.columns} blocks`}; blue above 0, orange below.`}
        draw={drawHeat}
        table={() => ({
          head: ["row", ...Array.from({ length: heat.columns }, (_, i) => String(i + 1))],
          rows: Array.from({ length: heat.rows }, (_, row) => [
            row + 1,
            ...heat.values.slice(row * heat.columns, (row + 1) * heat.columns),
          ]),
        })}
        csv={() => csvOfHeat(heat)}
      />
    </>
  );
}
