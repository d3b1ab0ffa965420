import { formatCount, formatNumber } from "../../../src/cli/format.ts";
import { verdictFigures } from "../../../src/cli/verdictMark.ts";
import type { Verdict } from "../../../src/diagnosis/verdict.ts";
import type { RunReply } from "../../../src/studio/protocol.ts";

/** A verdict as it came from the server: its vectors as lists, the long ones left out. */
export function verdictOf({ verdict }: Partial<Pick<RunReply, "verdict">>): Verdict | undefined {
  if (verdict === undefined) return undefined;
  const vectors = ["along", "direction", "certificate"].filter((name) => name in verdict);
  const restored = vectors.map((name) => [name, vectorOf(verdict[name])]);
  // Cast: the record of a verdict, whose vectors were just put back in their form.
  const known = { ...verdict, ...Object.fromEntries(restored) } as unknown as Verdict;
  return known.kind === "unbounded" ? { ...known, along: vectorOf(verdict["along"]) } : known;
}

const vectorOf = (list: unknown): Float64Array =>
  Array.isArray(list) ? Float64Array.from(list) : new Float64Array();

/** The numbers that always stand beside a verdict, with their errors and the tolerance. */
export const figuresOf = (verdict: Verdict): readonly string[] => verdictFigures(verdict);

/**
 * A verdict in one line: what kind of point it is, and the number that says so.
 *
 * @param loss - where the run ended, for what a step would change of it
 */
export function verdictLine(verdict: Verdict, loss: number | undefined): string {
  const eigenvalue = (at: { smallestEigenvalue: number; eigenvalueError: number }): string =>
    `${formatNumber(at.smallestEigenvalue)} ± ${formatNumber(at.eigenvalueError, 2)}`;
  switch (verdict.kind) {
    case "global-minimum":
      return `Global minimum: no point is lower by more than ${formatNumber(verdict.gap)}`;
    case "local-minimum":
      return Number.isFinite(verdict.smallestEigenvalue)
        ? `Minimum: the loss curves upwards in every direction, least by ${eigenvalue(verdict)}`
        : "Minimum: the constraints leave no direction free";
    case "degenerate":
      return `Degenerate: ${formatCount(verdict.nearZeroEigenvalues)} directions are flat as far as the error tells; the smallest eigenvalue is ${eigenvalue(verdict)}`;
    case "saddle": {
      const gain = verdict.predictedDecrease;
      const share =
        loss !== undefined && loss > 0 && gain < loss
          ? ` by about ${formatNumber((100 * gain) / loss, 2)} %`
          : ` by about ${formatNumber(gain)}`;
      return `Saddle: a direction of descent is left, of curvature ${eigenvalue(verdict)}; following it lowers the loss${share}`;
    }
    case "stationary":
      return "Stationary: the gradient vanishes; of the curvature nothing is proved";
    case "plateau":
      return `Plateau: the loss has not fallen since step ${formatCount(verdict.since)}`;
    case "noise-floor":
      return `Noise floor: at rate ${formatNumber(verdict.learningRate)} the gradient's noise of ${formatNumber(verdict.gradientNoise)} undoes what steps gain`;
    case "not-stationary":
      return `Not yet at a minimum: the gradient norm ${formatNumber(verdict.gradientNorm)} is above the tolerance ${formatNumber(verdict.tolerance)}`;
    case "unbounded":
      return "Unbounded: the loss falls without end along a ray";
    case "infeasible":
      return `Infeasible: ${verdict.constraint} is violated by ${formatNumber(verdict.violation)}, and no direction lowers that`;
    case "diverged":
      return `Diverged at step ${formatCount(verdict.step)}: ${verdict.cause}`;
  }
}

/** A run that has no verdict, in one line. */
export function statusLine({ run }: Pick<RunReply, "run">): string {
  const at = run.steps === undefined ? "" : ` at step ${formatCount(run.steps)}`;
  const loss = run.loss === undefined ? "" : `, loss ${formatNumber(run.loss, 4)}`;
  switch (run.status) {
    case "running":
      return `Running${at}${loss}`;
    case "crashed":
      return `Crashed${at}${loss}: its process ended without a word`;
    case "interrupted":
      return `Interrupted${at}${loss}`;
    case "ended":
      return `Ended${at}${loss}, without a verdict`;
  }
}
