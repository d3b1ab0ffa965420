import { describe, expect, test } from "vitest";
import type { RunEvent } from "../training/events.ts";
import { createProgress } from "./progress.ts";
import { keptOutput } from "./testing.ts";

const start: RunEvent = {
  kind: "start",
  method: "adam",
  engine: "onnx",
  parameters: 235146,
  steps: 1260,
  epochs: 20,
};
const at = (step: number, loss = 1 / step): RunEvent => ({
  kind: "progress",
  step,
  epoch: 4,
  loss,
  gradientNorm: 3.1e-3,
  learningRate: 3e-4,
  stepsPerSecond: 812,
  secondsLeft: 4.7,
  series: { steps: [step], values: { loss: [loss] } },
});
const evaluation: RunEvent = {
  kind: "evaluation",
  step: 400,
  epoch: 4,
  metrics: { testAccuracy: 0.951 },
};
const end: RunEvent = {
  kind: "end",
  step: 1260,
  verdict: {
    kind: "not-stationary",
    why: "budget",
    gradientNorm: 0.1,
    tolerance: 1e-5,
    evidence: [],
    advice: [],
  },
  loss: 0.01,
  metrics: {},
  seconds: 1,
};

describe("progress off a terminal", () => {
  /** The lines said about events, each at its time in seconds. */
  async function lines(...events: readonly (readonly [seconds: number, event: RunEvent])[]) {
    const { output, stderr, stdout } = keptOutput();
    let seconds = 0;
    const clock = (): number => 1000 * seconds;
    const progress = await createProgress({ output, title: "mlp.ts", clock });
    for (const [time, event] of events) {
      seconds = time;
      progress.listen(event);
    }
    progress.close();
    expect(stdout.text).toBe("");
    return stderr.text.split("\n").slice(0, -1);
  }

  test("says first what is run", async () => {
    expect(await lines([0, start])).toEqual(["mlp.ts  235 146 parameters · adam · onnx"]);
  });

  test("says one plain line each ten seconds, the first and the last", async () => {
    const told = await lines(
      [0, at(1)],
      [1, at(100)],
      [9.9, at(200)],
      [10, at(300)],
      [15, at(400)],
      [16, end],
    );
    expect(told.map((line) => /step (\d+)/.exec(line)?.[1])).toEqual(["1", "300", "400"]);
  });

  test("does not say the last line twice", async () => {
    expect(await lines([0, at(1)], [1, end])).toHaveLength(1);
  });

  test("shows every figure that is known, without control characters", async () => {
    const told = await lines([0, start], [0, evaluation], [20, at(1240, 0.0412)]);
    expect(told.at(-1)).toBe(
      "epoch 4/20  step 1 240/1 260  loss 0.0412  test accuracy 95.1 %  rate 3e-4  ‖g‖ 3.1e-3  812 steps/s  4.7 s left",
    );
  });

  test("does not say how long is left once all is done", async () => {
    const last = { ...at(1260), secondsLeft: 0 } as RunEvent;
    const told = await lines([0, start], [20, last]);
    expect(told.at(-1)).toMatch(/ {2}812 steps\/s$/);
  });

  test("tells at once what happens seldom", async () => {
    const told = await lines(
      [0, { kind: "rollback", step: 900, to: 800, cause: "the loss is NaN", rateScale: 0.5 }],
      [0, { kind: "saddle-left", step: 12, smallestEigenvalue: -0.5, decrease: 0.25 }],
      [0, { kind: "note", step: 3, text: "the batch is the whole data set" }],
    );
    expect(told).toEqual([
      "step 900: the loss is NaN; back to step 800, steps × 0.5",
      "step 12: left a saddle (λmin -0.5), the loss fell by 0.25",
      "step 3: the batch is the whole data set",
    ]);
  });

  test("says nothing when quiet", async () => {
    const { output, stderr } = keptOutput({ quiet: true });
    const progress = await createProgress({ output, title: "mlp.ts" });
    for (const event of [start, at(1), end]) progress.listen(event);
    progress.close();
    expect(stderr.text).toBe("");
  });
});

describe("progress on a terminal", () => {
  test("draws over one place, at most each 80 ms, and leaves only what shall stay", async () => {
    const { output, stderr } = keptOutput({ columns: 60, env: { NO_COLOR: "1" } });
    let milliseconds = 0;
    const clock = (): number => milliseconds;
    const progress = await createProgress({ output, title: "mlp.ts", clock });
    progress.listen(start);
    for (let step = 1; step <= 100; step++) {
      milliseconds += 10;
      progress.listen(at(step));
    }
    progress.listen({ kind: "note", step: 100, text: "halfway" });
    progress.close();
    const screen = shownOn(stderr.text);
    expect(screen).toEqual(["mlp.ts  235 146 parameters · adam · onnx", "step 100: halfway"]);
    const frames = stderr.text.match(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g)?.length;
    expect(frames).toBeGreaterThan(5);
    expect(frames).toBeLessThanOrEqual(100 / 8 + 2);
  });

  test("breaks the figures into lines no wider than the terminal", async () => {
    const { output, stderr } = keptOutput({ columns: 60, env: { NO_COLOR: "1" } });
    const progress = await createProgress({ output, title: "mlp.ts", clock: () => 0 });
    progress.listen(start);
    progress.listen(at(1));
    const screen = shownOn(stderr.text);
    expect(screen.length).toBeGreaterThan(2);
    for (const line of screen) expect([...line].length).toBeLessThanOrEqual(60);
    expect(screen.join(" ")).toContain("4.7 s left");
    progress.close();
  });
});

/** What a terminal shows after the control sequences that log-update writes: it only moves up, left and erases. */
function shownOn(written: string): string[] {
  const rows: string[] = [""];
  let [row, column] = [0, 0];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is read here
  const sequences = /\u001b\[([?\d;]*)([A-Za-z])|\n|[^\u001b\n]+/g;
  for (const [token, count, code] of written.matchAll(sequences)) {
    if (token === "\n") [row, column] = [row + 1, 0];
    else if (code === undefined) {
      const line = (rows[row] ?? "").padEnd(column);
      rows[row] = line.slice(0, column) + token + line.slice(column + token.length);
      column += token.length;
    } else if (code === "A") row -= Number(count || 1);
    else if (code === "B") row += Number(count || 1);
    else if (code === "G") column = Number(count || 1) - 1;
    else if (code === "K") rows[row] = count === "2" ? "" : (rows[row] ?? "").slice(0, column);
    else if (code === "J") rows.splice(row + 1);
    else if (code !== "h" && code !== "l") throw new Error(`unknown sequence ${code}`);
    while (rows.length <= row) rows.push("");
  }
  return rows.map((line) => line.trimEnd()).filter((line) => line !== "");
}
