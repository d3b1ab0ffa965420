import { NadirError } from "../base/errors.ts";
import { requireKnownOptions } from "../base/require.ts";
import { type RankCorrelation, rankCorrelation } from "../diagnosis/rankCorrelation.ts";
import { type FlatnessOptions, type FlatnessReport, flatness } from "./flatness.ts";
import { locateAll, type ManyPointsOptions, manyPointsOptionNames } from "./locateAll.ts";
import { requireFiniteLoss, type TrainedLoss } from "./point.ts";
import { Surface } from "./surface.ts";

/** The minima of one training that `flatnessAndGap` compares, and how flatness is measured at each. */
export interface FlatnessAndGapOptions<P>
  extends ManyPointsOptions,
    Pick<FlatnessOptions<P>, "radius" | "adaptiveRadius" | "steps" | "maxProducts"> {
  /** The params of each minimum: of at least two, better of a dozen. */
  readonly minima: readonly P[];
}

/** A minimum's losses beside its flatness. */
export interface MinimumWithGap {
  /** Over all rows, in eval mode, whatever `rows` flatness looks at. */
  readonly trainingLoss: number;
  readonly testLoss: number;
  /** The generalization gap, `testLoss − trainingLoss`. */
  readonly gap: number;
  readonly flatness: FlatnessReport;
}

/** Sharpness measures, as `flatness` names them. */
export type SharpnessMeasure =
  | "adaptive.largestEigenvalue"
  | "adaptive.rise"
  | "plain.largestEigenvalue"
  | "plain.rise";

/** Whether a measure orders minima as their gaps do. */
export interface GapRelation {
  readonly measure: SharpnessMeasure;
  /** Undefined where all minima have the same sharpness, or the same gap. */
  readonly correlation: RankCorrelation | undefined;
}

/** Flatness and generalization gap of each minimum, and whether one goes with the other. */
export interface FlatnessAndGapReport {
  /** In the order in which they were given. */
  readonly minima: readonly MinimumWithGap[];
  readonly relations: readonly GapRelation[];
  /** In words, what the correlations show of these minima, and what they leave open. */
  readonly summary: string;
  readonly cost: { readonly gradients: number; readonly seconds: number };
  readonly engine: string;
}

const measures: readonly SharpnessMeasure[] = [
  "adaptive.largestEigenvalue",
  "adaptive.rise",
  "plain.largestEigenvalue",
  "plain.rise",
];

/** A p-value that counts: one in twenty over all measures together (Bonferroni). */
const smallP = 0.05 / measures.length;

/**
 * Whether flatter minima generalize better, over a set of minima of one training: sharpness by `flatness` beside the gap between
 * test and training loss, and how alike both order the minima: Kendall's τ and Spearman's ρ, with p-values by
 * permutation. `summary` says no more than that: with five minima or fewer even a perfect order may be chance.
 *
 * Compare minima of about equal training loss, or it is the training loss that orders both. Trust the adaptive measures:
 * plain ones change with the scale of layers, and the function and its gap do not. An order is no cause: minima that differ
 * in rate or batch size differ in more than sharpness.
 *
 * Price: `flatness` of each minimum, and two losses.
 *
 * @throws NadirError `flatnessAndGap/minima` for fewer than two, `inspect/minima` for one of other shapes; `flatnessAndGap/states`;
 *   `flatnessAndGap/test` without test data; as `flatness` does
 * @see Jiang, Neyshabur, Mobahi, Krishnan & Bengio (2020), Fantastic generalization measures and where to find them, on τ
 *   between measures and gaps; Dinh, Pascanu, Bengio & Bengio (2017), Sharp minima can generalize for deep nets,
 *   on why plain sharpness can mislead
 * @example
 * const minima = (await fitMany(options, 12)).map(({ params }) => params);
 * const { summary } = await flatnessAndGap(options, { minima, rows: 2000 });
 */
export async function flatnessAndGap<P>(
  problem: TrainedLoss,
  options: FlatnessAndGapOptions<P>,
): Promise<FlatnessAndGapReport> {
  const own = ["radius", "adaptiveRadius", "steps", "maxProducts"] as const;
  requireKnownOptions("flatnessAndGap", options, [...manyPointsOptionNames, ...own, "minima"]);
  const { minima: given, states, ...flatnessOptions } = options;
  const { located, points } = locateAll(problem, ["flatnessAndGap", "minima"], given, options);
  if (located.test === undefined) {
    throw new NadirError(
      "flatnessAndGap/test",
      "the problem has no test data, so there is no gap",
      {
        expected: "a problem with test",
        hint: "flatnessAndGap({ ...problem, test: validation }, …), where validation chose no minimum",
      },
    );
  }
  const begin = performance.now();
  await using training = await Surface.open(located);
  await using test = await Surface.open(located, undefined, located.test);
  const minima: MinimumWithGap[] = [];
  for (const [k, { x, state }] of points.entries()) {
    const remembered = state.arrays.map(({ data }) => data);
    const trainingLoss = await training.valueWith(x, remembered);
    const testLoss = await test.valueWith(x, remembered);
    requireFiniteLoss(trainingLoss);
    requireFiniteLoss(testLoss);
    minima.push({
      ...{ trainingLoss, testLoss, gap: testLoss - trainingLoss },
      flatness: await flatness<unknown>(problem, {
        ...flatnessOptions,
        ...{ at: given[k], state: states?.[k] },
      }),
    });
  }
  const gaps = minima.map(({ gap }) => gap);
  const relations = measures.map((measure) => ({
    measure,
    correlation: rankCorrelation(
      minima.map((minimum) => sharpnessOf(minimum, measure)),
      gaps,
      located.seed,
    ),
  }));
  return {
    ...{ minima, relations, summary: summaryOf(minima.length, relations) },
    cost: {
      gradients: minima.reduce((sum, { flatness: { cost } }) => sum + cost.gradients, 0),
      seconds: (performance.now() - begin) / 1000,
    },
    engine: training.engine.name,
  };
}

function sharpnessOf({ flatness: at }: MinimumWithGap, measure: SharpnessMeasure): number {
  const [form, by] = measure.split(".") as ["adaptive" | "plain", "largestEigenvalue" | "rise"];
  return at[form][by];
}

/**
 * What correlations over n minima show, in words: nothing where even a perfect order, one of n!, would not be rare enough; else which
 * measures order the minima as the gaps do or the other way round, counting that several were tried.
 */
export function summaryOf(n: number, relations: readonly GapRelation[]): string {
  const perfect = Math.min(1, 2 / factorial(n));
  if (perfect > smallP) {
    return `${n} minima are too few to tell: chance alone gives a perfect order with p = ${p(perfect)}, and over ${measures.length} measures ${smallP} is asked for.`;
  }
  const known = relations.flatMap(({ measure, correlation }) =>
    correlation === undefined ? [] : [{ measure, ...correlation }],
  );
  const ordered = known.toSorted((a, b) => a.kendallP - b.kendallP);
  const [strongest] = ordered;
  if (strongest === undefined) {
    return `Nothing to order: all ${n} minima have the same sharpness, or the same gap.`;
  }
  const tell = ({ measure, kendall, kendallP }: typeof strongest): string =>
    `${measure} (Kendall's τ ${kendall.toFixed(2)}, p = ${p(kendallP)})`;
  const clear = ordered.filter(({ kendallP }) => kendallP <= smallP);
  if (clear.length === 0) {
    return `Over these ${n} minima no order by sharpness can be told from chance; nearest to one is ${tell(strongest)}, where ${smallP} is asked for. That does not show that there is no relation.`;
  }
  const [up, down] = [clear.filter((c) => c.kendall > 0), clear.filter((c) => c.kendall < 0)];
  const parts = [
    up.length > 0 ? [`the gap grows with ${up.map(tell).join(", ")}`] : [],
    down.length > 0 ? [`the gap falls with ${down.map(tell).join(", ")}`] : [],
  ].flat();
  const plainAlone = clear.every(({ measure }) => measure.startsWith("plain"))
    ? " No adaptive measure shows it, and plain ones change with the scale of layers."
    : "";
  return `Over these ${n} minima ${parts.join("; ")}.${plainAlone} An order of these minima, no cause.`;
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

const p = (value: number): string => String(Number(value.toPrecision(2)));
