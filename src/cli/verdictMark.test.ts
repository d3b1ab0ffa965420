import pc from "picocolors";
import { describe, expect, test } from "vitest";
import type { Verdict } from "../diagnosis/verdict.ts";
import { widthOf } from "./format.ts";
import { markOf, renderVerdict } from "./verdictMark.ts";

const plain = pc.createColors(false);
const evidence = {
  gradientNorm: 8.2e-6,
  tolerance: 1e-5,
  evidence: ["The gradient norm is 8.2e-6, below the tolerance 1e-5."],
  advice: ["Nothing more to do."],
};

const verdicts: readonly (readonly [Verdict, string])[] = [
  [
    { ...evidence, kind: "global-minimum", primal: 1, dual: 0.99, gap: 0.01 },
    "⊎ global   ‖g‖ 8.2e-6 (tolerance 1e-5)   primal 1   dual 0.99   gap 0.01",
  ],
  [
    { ...evidence, kind: "local-minimum", smallestEigenvalue: 4.1e-4, eigenvalueError: 9e-5 },
    "∪ minimum   ‖g‖ 8.2e-6 (tolerance 1e-5)   λmin 4.1e-4 ± 9e-5",
  ],
  [
    {
      ...evidence,
      kind: "saddle",
      smallestEigenvalue: -0.043,
      eigenvalueError: 1e-3,
      direction: Float64Array.of(1, 0),
      predictedDecrease: 0.12,
    },
    "∩∪ saddle   ‖g‖ 8.2e-6 (tolerance 1e-5)   λmin -0.043 ± 1e-3   predicted decrease 0.12",
  ],
  [
    {
      ...evidence,
      kind: "degenerate",
      nearZeroEigenvalues: 1200,
      smallestEigenvalue: 0,
      eigenvalueError: 1e-6,
    },
    "⊔ degenerate   ‖g‖ 8.2e-6 (tolerance 1e-5)   λmin 0 ± 1e-6   1 200 near-zero eigenvalues",
  ],
  [
    { ...evidence, kind: "plateau", since: 4000 },
    "— plateau   ‖g‖ 8.2e-6 (tolerance 1e-5)   since step 4 000",
  ],
  [
    { ...evidence, kind: "noise-floor", learningRate: 1e-3, gradientNoise: 0.5 },
    "≈ noise floor   ‖g‖ 8.2e-6 (tolerance 1e-5)   learning rate 1e-3   gradient noise 0.5",
  ],
  [
    { ...evidence, kind: "not-stationary", why: "budget" },
    "… not yet   ‖g‖ 8.2e-6 (tolerance 1e-5)   stopped: the budget is spent",
  ],
  [
    { ...evidence, kind: "unbounded", along: Float64Array.of(1) },
    "⇣ unbounded   ‖g‖ 8.2e-6 (tolerance 1e-5)   along [1]",
  ],
  [
    {
      ...evidence,
      kind: "infeasible",
      certificate: Float64Array.of(1),
      constraint: "d ≤ 0",
      violation: 1,
    },
    "∅ infeasible   ‖g‖ 8.2e-6 (tolerance 1e-5)",
  ],
  [
    { ...evidence, kind: "diverged", step: 120, cause: "the loss became NaN in log" },
    "↗ diverged   step 120   the loss became NaN in log",
  ],
];

describe("renderVerdict", () => {
  test.for(verdicts.map(([verdict, line]) => [verdict.kind, verdict, line] as const))(
    "shows the figures of %s beside its mark, then evidence and advice",
    ([, verdict, line]) => {
      expect(renderVerdict(verdict, plain)).toBe(
        `${line}\n  · The gradient norm is 8.2e-6, below the tolerance 1e-5.\n  → Nothing more to do.`,
      );
    },
  );

  test("wraps sentences at the width", () => {
    const [verdict] = verdicts[0] ?? [];
    if (verdict === undefined) throw new Error("no verdict");
    const [, ...lines] = renderVerdict(verdict, plain, 40).split("\n");
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(40);
  });
});

test("every mark can be told by its shape and by its word, without colour", () => {
  const marks = [...verdicts.map(([{ kind }]) => kind), "running" as const].map(markOf);
  expect(new Set(marks.map(({ glyph }) => glyph)).size).toBe(11);
  expect(new Set(marks.map(({ word }) => word)).size).toBe(11);
});
