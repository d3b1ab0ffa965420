import { describe, expect, test } from "vitest";
import type { Verdict } from "../../../src/diagnosis/verdict.ts";
import type { StoredEvent } from "../../../src/runs/run.ts";
import type { NoteInfo, RunReply } from "../../../src/studio/protocol.ts";
import { happenings } from "./happenings.ts";
import { figuresOf, statusLine, verdictLine, verdictOf } from "./verdictWords.ts";

const told = { gradientNorm: 1e-6, tolerance: 1e-5, evidence: [], advice: [] };
const verdict = (own: object) => ({ ...told, ...own }) as Verdict; // each case gives what its kind has

describe("a verdict in one line", () => {
  test("of a saddle says what following its direction gains", () => {
    const saddle = verdict({
      ...{ kind: "saddle", smallestEigenvalue: -0.043, eigenvalueError: 0.002 },
      ...{ predictedDecrease: 0.12 },
    });
    expect(verdictLine(saddle, 1)).toBe(
      "Saddle: a direction of descent is left, of curvature -0.043 ± 2e-3; following it lowers the loss by about 12 %",
    );
    // A share of a loss below the gain would say nothing.
    expect(verdictLine(saddle, -1)).toMatch(/by about 0\.12$/);
  });

  test("never stands without its error and the tolerance", () => {
    const minimum = verdict({
      kind: "local-minimum",
      smallestEigenvalue: 0.4,
      eigenvalueError: 0.1,
    });
    expect(verdictLine(minimum, 1)).toContain("0.4 ± 0.1");
    expect(figuresOf(minimum).join()).toContain("tolerance 1e-5");
    const vertex = verdict({
      ...{ kind: "local-minimum", smallestEigenvalue: Number.POSITIVE_INFINITY },
      eigenvalueError: 0,
    });
    expect(verdictLine(vertex, 1)).toBe("Minimum: the constraints leave no direction free");
  });

  test("is put together from a reply, whose long vectors were left out", () => {
    const reply = { verdict: { ...told, kind: "unbounded" } } as unknown as RunReply; // the rest is not read
    const found = verdictOf(reply)!;
    expect(verdictLine(found, undefined)).toMatch(/^Unbounded/);
    expect(() => figuresOf(found)).not.toThrow();
    expect(verdictOf({})).toBeUndefined();
  });

  test("of a run without a verdict is where it stands", () => {
    const run = { status: "running", steps: 1200, loss: 0.5 };
    expect(statusLine({ run } as unknown as RunReply)).toBe("Running at step 1 200, loss 0.5");
  });
});

test("what happened to a run comes from its log and its notes, in order", () => {
  const events = [
    { seq: 0, time: 0, event: { kind: "rollback", step: 30, to: 20, cause: "loss is NaN" } },
    { seq: 1, time: 0, event: { kind: "checkpoint", step: 40 } },
    { seq: 2, time: 0, event: { kind: "progress", step: 41 } },
  ] as unknown as StoredEvent[]; // what is read of them
  const notes: NoteInfo[] = [
    { id: 1, step: 35, text: "rate halved", created: 0 },
    { id: 2, text: "of the run", created: 0 },
  ];
  expect(happenings(events, notes).map(({ step, text }) => [step, text])).toEqual([
    [30, "rolled back to step 20: loss is NaN"],
    [35, "rate halved"],
    [40, "checkpoint"],
  ]);
});
