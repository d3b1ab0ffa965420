import { useCallback, useState } from "preact/hooks";
import { formatCount, formatPercent } from "../../../src/cli/format.ts";
import { csvOfCells } from "../../../src/drawing/csv.ts";
import { modelScene } from "../../../src/drawing/modelGraph.ts";
import type { Style } from "../../../src/drawing/style.ts";
import type { ModelOutline } from "../../../src/training/modelOutline.ts";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { newestOf, useArtefact } from "./artefacts.ts";
import type { RunState } from "./runData.ts";
import { matches } from "./search.ts";
import { Tensors } from "./tensors.tsx";

/** What the run trained: its layers as a graph, and its params at the checkpoints that are kept. */
export function ModelSection({ state }: { readonly state: RunState }) {
  const { run, artefacts } = state.reply;
  const read = useArtefact<ModelOutline>(run.id, newestOf(artefacts, "model"));
  const [sought, seek] = useState("");
  return (
    <>
      {read.kind === "none" && (
        <p class="quiet">
          The graph of the model is not stored by this run: it was not of a training by{" "}
          <code>nadir train</code>, or an earlier nadir ran it. Opening a run never runs its code,
          so that it cannot be traced now.
        </p>
      )}
      {read.kind === "reading" && <Skeleton of="the model" height={240} />}
      {read.kind === "failed" && <ProblemBox problem={read.problem} place="the model" />}
      {read.kind === "ready" && (
        <>
          <label class="controls">
            find layers by name, operation or shape{" "}
            <input
              type="search"
              value={sought}
              placeholder="2, relu, 12×2"
              onInput={({ currentTarget }) => seek(currentTarget.value)}
            />
          </label>
          <ModelFigure run={run.id} model={read.value} sought={sought} />
        </>
      )}
      <Tensors state={state} sought={sought} />
    </>
  );
}

interface ModelFigureProps {
  readonly run: string;
  readonly model: ModelOutline;
  readonly sought: string;
}

function ModelFigure({ run, model, sought }: ModelFigureProps) {
  const rows = model.layers.map((layer) => rowOf(layer, model));
  const found = rows.map(({ words }) => matches(sought, words));
  const draw = useCallback(
    (style: Style, width: number): Drawn => {
      const nodes = model.layers.map(({ from }, i) => {
        const { name, kind, parameters, output } = rows[i]!;
        const told = `${name} ${kind} ${formatCount(parameters)}${output === "" ? "" : ` → ${output}`}`;
        return { name: told, parameters, from, isFound: found[i]! };
      });
      return { scene: modelScene(nodes, style, width), panels: [] };
    },
    [model, sought],
  );
  const total = rows.reduce((sum, { parameters }) => sum + parameters, 0);
  const largest = rows.reduce<(typeof rows)[number] | undefined>(
    (most, row) => (most === undefined || row.parameters > most.parameters ? row : most),
    undefined,
  );
  const count = found.filter(Boolean).length;
  const summary = [
    `${formatCount(rows.length)} layers of ${formatCount(total)} params`,
    ...(largest === undefined
      ? []
      : [`most in ${largest.name}: ${formatPercent(largest.parameters / Math.max(1, total))}`]),
    ...(model.shortcuts.length > 0 ? [`${formatCount(model.shortcuts.length)} shortcuts`] : []),
    ...(sought.trim() === "" ? [] : [`${formatCount(count)} match "${sought.trim()}"`]),
  ].join("; ");
  const head = ["layer", "kind", "params", "shapes", "gives", "operations", "FLOPs", "from"];
  const cells = rows
    .filter((_, i) => found[i])
    .map((row) => [
      ...[row.name, row.kind, row.parameters, row.shapes, row.output],
      ...[row.operations, row.flops, row.from],
    ]);
  return (
    <>
      <Figure
        name={`nadir-${run}-model`}
        title={`Model of ${run}`}
        summary={`${summary}.`}
        draw={draw}
        table={() => ({ head, rows: cells })}
        csv={() =>
          csvOfCells({
            ...{ title: "", label: "position", at: rows.map((_, i) => i) },
            rows: [
              { name: "params", values: rows.map((row) => row.parameters), severity: [] },
              { name: "FLOPs", values: rows.map((row) => row.flops), severity: [] },
            ],
          })
        }
      />
      <p class="quiet">
        The area of a box is its params. Boxes would be shaded by their share of a step's time: that
        was not measured for this run, so that none is. FLOPs are computed from shapes, for a batch
        of {formatCount(model.rows)}.
      </p>
    </>
  );
}

const shapeOf = (shape: readonly number[]): string =>
  shape.length === 0 ? "scalar" : shape.map(String).join("×");

function rowOf(
  { path, kind, params, output, operations, flops, from }: ModelOutline["layers"][number],
  model: ModelOutline,
) {
  const own = params.map((at) => model.params[at]).filter((param) => param !== undefined);
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const told = {
    name: path,
    kind,
    parameters: own.reduce((sum, { shape }) => sum + size(shape), 0),
    shapes: own.map(({ shape }) => shapeOf(shape)).join(", "),
    output: output === undefined ? "" : shapeOf(output),
    operations: Object.entries(operations)
      .map(([op, times]) => (times === 1 ? op : `${op} ${times}×`))
      .join(" "),
    flops,
    from: from.map((at) => (at < 0 ? "batch" : (model.layers[at]?.path ?? ""))).join(", "),
  };
  const paths = own.map((param) => param.path).join(" ");
  return {
    ...told,
    words: [told.name, kind, told.shapes, told.output, told.operations, paths].join(" "),
  };
}
