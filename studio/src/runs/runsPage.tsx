import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useKeys } from "../app/keyboard.ts";
import { navigate } from "../app/router.ts";
import { loaded, runs } from "../data/live.ts";
import { ErrorBoundary } from "../parts/errorBoundary.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { compareSelected } from "./bulk.ts";
import { BulkBar } from "./bulkBar.tsx";
import { EmptyStore } from "./emptyStore.tsx";
import { EndScatter } from "./endScatter.tsx";
import { FilterBox } from "./filterBox.tsx";
import { LossChart } from "./lossChart.tsx";
import { readOverviews } from "./overviews.ts";
import { followList } from "./pictured.ts";
import { RunList } from "./runList.tsx";
import { cursor, fold, hovered, idsOf, type Line, lines, toggle } from "./state.ts";
import "./runs.css";

/** Every run at once: the list, their losses, and where they ended. */
export function RunsPage(): JSX.Element {
  useEffect(readOverviews, []);
  useEffect(followList, []);
  useKeys("Runs", [
    { keys: "j", does: "the next run", run: () => move(1) },
    { keys: "k", does: "the run before", run: () => move(-1) },
    { keys: "ArrowDown", does: "the next run", run: () => move(1) },
    { keys: "ArrowUp", does: "the run before", run: () => move(-1) },
    { keys: "Enter", does: "open the run, or the sweep", run: () => withLine(open) },
    {
      keys: " ",
      does: "select the run, or let it go",
      run: () => withLine((l) => toggle(idsOf(l))),
    },
    {
      keys: "ArrowRight",
      does: "unfold repetitions or trials",
      run: () => withLine((l) => setFold(l, true)),
    },
    {
      keys: "ArrowLeft",
      does: "fold repetitions or trials",
      run: () => withLine((l) => setFold(l, false)),
    },
    { keys: "C", does: "compare what is selected", run: compareSelected },
  ]);
  if (!loaded.value) return <Skeleton of="the runs" height={600} />;
  if (runs.value.size === 0) return <EmptyStore />;
  return (
    <div class="runs">
      <h1 class="only-read">Runs</h1>
      <section class="runs-left" aria-label="List of runs">
        <FilterBox />
        <RunList />
        <BulkBar />
      </section>
      <section class="runs-right" aria-label="Pictures of the runs">
        <ErrorBoundary place="the losses">
          <LossChart />
        </ErrorBoundary>
        <ErrorBoundary place="where they ended">
          <EndScatter />
        </ErrorBoundary>
      </section>
    </div>
  );
}

function move(by: number): void {
  const last = lines.peek().length - 1;
  cursor.value = Math.max(0, Math.min(last, cursor.peek() + by));
  withLine((line) => {
    hovered.value = idsOf(line)[0];
  });
}

function withLine(act: (line: Line) => void): void {
  const line = lines.peek()[cursor.peek()];
  if (line !== undefined) act(line);
}

function open(line: Line): void {
  if (line.kind === "run") navigate(`/run/${line.row.id}`);
  else if (line.sweep !== undefined) navigate(`/sweep/${line.sweep}`);
  else setFold(line, !line.open);
}

function setFold(line: Line, unfold: boolean): void {
  if (line.kind === "group") fold(line.key, unfold);
}
