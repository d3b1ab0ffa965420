import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { Run } from "../../runs/run.ts";
import { openStore, type Store } from "../../runs/store.ts";
import type { Command } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { listenToLeave } from "../leave.ts";
import { namedRun } from "../namedRuns.ts";
import type { Output } from "../output.ts";
import { fill, metric, PLAIN_MS, RunState } from "../progress.ts";
import { reportRun } from "../runReport.ts";
import { runJson } from "../runView.ts";
import { terminalChart } from "../terminalChart.ts";

/** How often the store is asked, in milliseconds: it learns of a run once a second. */
const LOOK_MS = 250;

/** `nadir watch [RUN]`: a run that another process computes, followed in this terminal until it ends. */
export const watch: Command = async ({ words, flags, output, store, cwd, now }) => {
  const name = typeof flags["metric"] === "string" ? flags["metric"] : "loss";
  await using opened = await openStore(store, { readOnly: true });
  const { id } = namedRun(opened, words[0] ?? "@", now());
  using leaving = listenToLeave(output.live);
  const screen = await openScreen(output);
  const follower = new Follower(opened, id, name, output);
  try {
    for (;;) {
      const run = opened.run(id);
      follower.look(run);
      const over = run.status !== "running";
      screen.show(follower, over);
      if (over) {
        screen.close();
        return tellEnd(run, output, cwd);
      }
      const left = await leaving.wait(LOOK_MS);
      if (left === undefined) continue;
      screen.close();
      output.result(`${run.name} (${id}) goes on   nadir watch ${id}`, runJson(opened.run(id)));
      return left;
    }
  } finally {
    screen.close();
  }
};

/** How the run ended, and what that makes of this command: as the run's own would leave, but for one that was lost. */
function tellEnd(run: Run, output: Output, cwd: string): ExitCode {
  const exit = reportRun(output, run, { cwd, details: {} });
  if (run.status === "interrupted") {
    output.note(`run ${run.id} was interrupted; nadir resume ${run.id} goes on with it`);
  }
  if (run.status !== "crashed") return exit;
  const at = run.steps === undefined ? "before its first step" : `after step ${run.steps}`;
  output.note(
    output.noteColors.red(
      `run ${run.id} crashed ${at}: its process is gone; nadir resume ${run.id} goes on from its last checkpoint`,
    ),
  );
  return exitCode.lost;
}

/** What the store has told of a run so far. */
class Follower {
  readonly #store: Store;
  readonly #id: string;
  readonly #metric: string;
  readonly #output: Output;
  #state = new RunState();
  #after = -1;
  #rewound: number | undefined;
  #changed: number | undefined;
  /** What happened since the last look that deserves a line for itself. */
  lines: string[] = [];

  constructor(store: Store, id: string, metricName: string, output: Output) {
    this.#store = store;
    this.#id = id;
    this.#metric = metricName;
    this.#output = output;
  }

  /**
   * Takes in what is new.
   *
   * @throws NadirError `store/unknown-series` once the run has ended without the metric
   */
  look(run: Run): void {
    if (run.changed !== this.#changed) {
      this.#changed = run.changed;
      // Gone on with from further back: what was told since is void.
      if (run.rewound !== this.#rewound) {
        this.#rewound = run.rewound;
        this.#state = new RunState();
        this.#after = -1;
      }
      for (const { seq, event } of this.#store.events(this.#id, this.#after)) {
        this.#after = seq;
        const line = this.#state.hear(event, run.name);
        if (line !== undefined) this.lines.push(line);
      }
    }
    if (run.status !== "running" && this.#metric !== "loss") this.#requireMetric();
  }

  get fields(): readonly string[] {
    return this.#state.fields(false, this.#output.noteColors);
  }

  /** The newest value of a metric that was asked for, for a line that shows no curve. */
  get newest(): readonly string[] {
    const count = this.#metric === "loss" ? undefined : this.#counts().get(this.#metric);
    if (count === undefined) return [];
    const { values } = this.#store.seriesAfter(this.#id, this.#metric, count - 1);
    return [metric(this.#metric, values.at(-1) ?? Number.NaN)];
  }

  /** The curve, on so many columns and rows; what the run has told instead, where it has not told this metric. */
  chart(width: number, height: number): string {
    const counts = this.#counts();
    if (!counts.has(this.#metric)) {
      const told = [...counts.keys()].filter((name) => !name.startsWith("health/"));
      return `no ${this.#metric} yet${told.length === 0 ? "" : `; told so far: ${told.join(", ")}`}`;
    }
    const { columns } = this.#store.seriesBuckets(this.#id, this.#metric, { buckets: width });
    // Of each bucket its lowest and its highest: a column of dots each.
    const values = Array.from(columns.low).flatMap((low, i) => [low, columns.high[i] ?? low]);
    const [from = 0, to = 0] = [columns.step[0], columns.lastStep.at(-1)];
    return terminalChart(
      { width, height, curves: [{ name: this.#metric, values }], from, to, axis: "step" },
      this.#output.noteColors,
    );
  }

  #counts(): ReadonlyMap<string, number> {
    return this.#store.seriesCounts(this.#id);
  }

  #requireMetric(): void {
    const names = this.#store.seriesNames(this.#id);
    if (names.includes(this.#metric)) return;
    const near = nearest(this.#metric, names);
    throw new NadirError(
      "store/unknown-series",
      `run ${this.#id} has no metric "${this.#metric}"`,
      {
        expected: names.length === 0 ? "a run that has told one" : `one of ${names.join(", ")}`,
        hint: near === undefined ? undefined : `did you mean ${near}?`,
      },
    );
  }
}

interface Screen {
  show(follower: Follower, last: boolean): void;
  /** Leaves what was shown last, and gives the terminal back. */
  close(): void;
}

async function openScreen(output: Output): Promise<Screen> {
  if (output.quiet) return { show: () => {}, close: () => {} };
  if (!output.live) return plainScreen(output);
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(output.stderr as NodeJS.WriteStream, { showCursor: true }); // `live` is only true of process.stderr
  const { noteColors: colors } = output;
  return {
    show: (follower, last) => {
      for (const line of follower.lines.splice(0)) update.persist(line);
      const width = Math.max(20, output.noteColumns - 12);
      const height = Math.min(12, Math.max(4, (output.stderr.rows ?? 24) - 8));
      const lines = [
        follower.chart(width, height),
        ...fill(follower.fields, output.noteColumns - 1),
        ...(last ? [] : [colors.dim("q leaves; the run goes on")]),
      ];
      update(lines.join("\n"));
    },
    close: () => update.done(),
  };
}

/** Off a terminal: what happened, and the figures every ten seconds, the first and the last among them. */
function plainScreen(output: Output): Screen {
  let shown = Number.NEGATIVE_INFINITY;
  let told = "";
  return {
    show: (follower, last) => {
      for (const line of follower.lines.splice(0)) output.note(line);
      const fields = [...follower.newest, ...follower.fields];
      const line = [...new Set(fields)].join("  ");
      const due = performance.now() - shown >= PLAIN_MS;
      if (line === "" || line === told || !(due || last)) return;
      shown = performance.now();
      told = line;
      output.note(line);
    },
    close: () => {},
  };
}
