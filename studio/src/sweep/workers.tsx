import { useCallback } from "preact/hooks";
import type { Style } from "../../../src/drawing/style.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { workersScene } from "./scenes.ts";
import { csvOfTrials, runsCommand } from "./trials.ts";

/** Which process trained what, when. */
export function Workers({ reply }: { readonly reply: SweepReply }) {
  const { sweep, trials } = reply;
  const draw = useCallback(
    (style: Style, width: number): Drawn => ({
      scene: workersScene(trials, { now: sweep.created, style, width }),
      panels: [],
    }),
    [trials, sweep.created],
  );
  const spans = trials.flatMap(({ number, spans: own }) =>
    own.map((span) => ({ number, ...span })),
  );
  const lost = spans.filter(({ outcome }) => outcome === "lost").length;
  return (
    <Figure
      name={`nadir-sweep-${sweep.id}-workers`}
      title={`Sweep ${sweep.name}: who trained what, when`}
      summary={`${spans.length} trainings${lost > 0 ? `, of which ${lost} were lost with their processes` : ", none lost"}.`}
      draw={draw}
      table={() => ({
        head: ["trial", "worker", "began (s)", "took (s)", "outcome"],
        rows: spans.map(({ number, worker, began, ended, outcome }) => [
          ...[number, worker + 1, (began - sweep.created) / 1000, (ended - began) / 1000],
          outcome,
        ]),
      })}
      csv={() => csvOfTrials(reply)}
      source={runsCommand(sweep)}
    />
  );
}
