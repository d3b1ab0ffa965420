import { useCallback, useState } from "preact/hooks";
import { wordsOf } from "../../../src/cli/format.ts";
import type { Style } from "../../../src/drawing/style.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";
import { dark } from "../app/theme.ts";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { shownValue, sliceScene, type trialAxes } from "./scenes.ts";
import { cellOf, csvOfTrials, runsCommand } from "./trials.ts";

interface SliceProps {
  readonly reply: SweepReply;
  readonly axes: ReturnType<typeof trialAxes>;
  /** The number of the best trial. */
  readonly best: number | undefined;
}

/** The trials over two settings that are chosen. */
export function Slice({ reply, axes, best }: SliceProps) {
  const { sweep, trials, request } = reply;
  const [across, setAcross] = useState(0);
  const [up, setUp] = useState(1);
  const pair = [axes[across], axes[up]] as const;
  const draw = useCallback(
    (style: Style, width: number): Drawn => {
      const [x, y] = pair;
      if (x === undefined || y === undefined) throw new Error("an axis that there is not");
      return { scene: sliceScene([x, y], trials, { best, style, width }), panels: [] };
    },
    [pair[0], pair[1], trials, best],
  );
  const names = request.space.map(({ name }) => wordsOf(name));
  const choice = (label: string, chosen: number, choose: (i: number) => void) => (
    <label>
      {label}{" "}
      <select value={chosen} onChange={({ currentTarget }) => choose(Number(currentTarget.value))}>
        {names.map((name, i) => (
          <option key={name} value={i}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Figure
      name={`nadir-sweep-${sweep.id}-slice`}
      title={`${names[across]} and ${names[up]}`}
      summary={`Each dot is a trial over ${names[across]} and ${names[up]}: ${dark.value ? "the brighter" : "the darker"}, the better; hollow ones failed or were left early.`}
      draw={draw}
      table={() => ({
        head: [names[across] ?? "", names[up] ?? "", request.objective?.metric ?? "value"],
        rows: trials.map((trial) => [
          cellOf(trial.settings[request.space[across]?.name ?? ""]),
          cellOf(trial.settings[request.space[up]?.name ?? ""]),
          shownValue(trial, request.objective),
        ]),
      })}
      csv={() => csvOfTrials(reply)}
      source={runsCommand(sweep)}
    >
      <div class="controls">
        {choice("across", across, setAcross)} {choice("up", up, setUp)}
      </div>
    </Figure>
  );
}
