import { useCallback } from "preact/hooks";
import { wordsOf } from "../../../src/cli/format.ts";
import type { Style } from "../../../src/drawing/style.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";
import { dark } from "../app/theme.ts";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { AxisBrushes } from "./axisBrushes.tsx";
import { type Brushes, parallelScene, passes, shownValue, type trialAxes } from "./scenes.ts";
import { cellOf, csvOfTrials, runsCommand } from "./trials.ts";

interface ParallelProps {
  readonly reply: SweepReply;
  readonly axes: ReturnType<typeof trialAxes>;
  readonly brushes: Brushes;
  readonly setBrushes: (brushes: Brushes) => void;
  /** The number of the best trial. */
  readonly best: number | undefined;
}

/** All trials over all settings, each a line; a part of an axis that is dragged over shows those within. */
export function Parallel({ reply, axes, brushes, setBrushes, best }: ParallelProps) {
  const { sweep, trials, request } = reply;
  const draw = useCallback(
    (style: Style, width: number): Drawn => ({
      scene: parallelScene(axes, trials, { brushes, best, style, width }),
      panels: [],
    }),
    [axes, trials, brushes, best],
  );
  const passing = trials.filter((trial) => passes(trial, axes, brushes)).length;
  const names = axes.map(({ name }) => wordsOf(name));
  return (
    <Figure
      name={`nadir-sweep-${sweep.id}-settings`}
      title={`Sweep ${sweep.name}: settings and values`}
      summary={`${passing} of ${trials.length} trials over ${names.join(", ")}; the best is red; ${dark.value ? "the brighter" : "the darker"}, the better.`}
      draw={draw}
      table={() => ({
        head: ["trial", ...names],
        rows: trials.map((trial) => [
          trial.number,
          ...request.space.map(({ name }) => cellOf(trial.settings[name])),
          shownValue(trial, request.objective),
        ]),
      })}
      csv={() => csvOfTrials(reply)}
      source={runsCommand(sweep)}
      overlay={({ scene }) => {
        const style = { fontSize: scene.fontSize };
        return (
          <AxisBrushes
            {...{ axes, brushes, setBrushes, style }}
            width={scene.width}
            height={scene.height}
          />
        );
      }}
    >
      <p class="quiet">
        Drag along an axis to see only the trials within; double-click takes it back.{" "}
        {brushes.size > 0 && (
          <button type="button" onClick={() => setBrushes(new Map())}>
            All trials
          </button>
        )}
      </p>
    </Figure>
  );
}
