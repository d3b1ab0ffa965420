import type { VerdictKind } from "../../../diagnosis/verdict.ts";
import { minimize } from "../../../training/minimize.ts";
import type { Experiment, Table } from "../experiment.ts";
import { type Truth, type VerdictCase, verdictCases } from "./cases.ts";

/** A case with what nadir says of it. */
export interface Judged {
  readonly case: VerdictCase;
  readonly said: VerdictKind;
}

/**
 * What the verdict says of the case's point. A point that is known to be stationary is looked at with the
 * tolerance that the digits of its list allow; a start is looked at as it is; of a function without
 * a minimum, the end of a run by the default method is judged.
 */
export async function judge(given: VerdictCase): Promise<Judged> {
  const { f, x, truth } = given;
  const x0 = [...x];
  if (truth === "unbounded") return { case: given, said: (await minimize(f, { x0 })).verdict.kind };
  const options = { x0, maxIterations: 0, escapeSaddles: false };
  const { verdict, gradientNorm } = await minimize(f, options);
  if (truth === "not stationary" || gradientNorm <= verdict.tolerance) {
    return { case: given, said: verdict.kind };
  }
  const again = await minimize(f, { ...options, tolerance: 2 * gradientNorm });
  return { case: given, said: again.verdict.kind };
}

const truths: readonly Truth[] = [
  "minimum",
  "strict saddle",
  "maximum",
  "degenerate point",
  "not stationary",
  "unbounded",
];
const columns = {
  minimum: ["local-minimum", "global-minimum"],
  saddle: ["saddle"],
  degenerate: ["degenerate"],
  "not stationary": ["not-stationary"],
  unbounded: ["unbounded"],
  diverged: ["diverged"],
} as const satisfies Readonly<Record<string, readonly VerdictKind[]>>;

/** Whether a verdict claims what is not so: a minimum where there is none, or no minimum where there is one. */
export const isWrong = ({ case: { truth }, said }: Judged): boolean => {
  const claimsMinimum = said === "local-minimum" || said === "global-minimum";
  if (claimsMinimum) return truth !== "minimum";
  if (said === "saddle") return truth === "minimum" || truth === "not stationary";
  return said === "unbounded" && truth !== "unbounded";
};

function matrixOf(judged: readonly Judged[]): Table {
  const rows = truths.map((truth) => {
    const those = judged.filter((one) => one.case.truth === truth);
    const counts = Object.values(columns).map(
      (kinds: readonly VerdictKind[]) => those.filter(({ said }) => kinds.includes(said)).length,
    );
    return [truth, those.length, ...counts];
  });
  return {
    title: "What is known of the point (rows) against what the verdict says (columns)",
    columns: ["known", "points", ...Object.keys(columns)],
    rows,
    note: "A maximum is a saddle to the verdict: it has negative curvature and a lower point beyond. Degenerate is the honest answer where second derivatives decide nothing, as at minima in flat valleys.",
  };
}

/** `nadir bench verdicts`: verdicts against points whose kind is known. */
export const verdicts: Experiment = {
  name: "verdicts",
  async run({ only }, report) {
    const cases = verdictCases().filter(
      ({ name, truth }) => only?.some((word) => name.startsWith(word) || word === truth) ?? true,
    );
    report(`${cases.length} points`);
    const judged: Judged[] = [];
    for (const one of cases) judged.push(await judge(one));
    const wrong = judged.filter(isWrong);
    return {
      tables: [
        matrixOf(judged),
        {
          title: `Wrong claims: ${wrong.length} of ${judged.length}`,
          columns: ["point", "known", "said"],
          rows: wrong.map(({ case: { name, truth }, said }) => [name, truth, said]),
        },
      ],
    };
  },
};
