import type { Evidence, PointEvidence, UnitEvidence } from "./evidence.ts";
import { type Finding, type FindingRule, percent, told } from "./finding.ts";
import { gainOf, leftOf, scaleOf, trialOf } from "./readings.ts";

/** Share of a layer's units from which it counts as dead or saturated. */
const [mostDead, mostSaturated] = [0.9, 0.8];
/** Loss at the start over what a model that knows nothing would have. */
const wild = 2.5;
/** Outputs of hidden units below this, root mean square, are hardly a signal. */
const faint = 0.01;
/** Gradients this many times smaller at the first units than at the last have vanished. */
const vanished = 1e-2;
/** A loss above this part of its scale is one that much could still be gained on. */
const unsolved = 0.15;
/** Negative curvature below this part of the largest. */
const bent = 0.05;
/** Products one behind the other from which depth needs normalization; drift of the signal's size along them. */
const [deepFrom, drift] = [12, 3];

const own = ({ units }: PointEvidence): readonly UnitEvidence[] =>
  units.filter(({ beside }) => !beside);

/** The layer in which most of a thing is, by what it is. */
function worst(
  point: PointEvidence | undefined,
  share: (unit: UnitEvidence) => number,
): UnitEvidence | undefined {
  const units = point === undefined ? [] : own(point);
  return units.reduce<UnitEvidence | undefined>(
    (best, unit) => (best === undefined || share(unit) > share(best) ? unit : best),
    undefined,
  );
}

/** Units that begin alike and so stay alike. */
export const symmetricStart: FindingRule = {
  name: "symmetric-start",
  find: (evidence) => {
    const { start, end } = evidence;
    const alike = start.params.filter(
      ({ twins }, i) => twins > 0.9 && (end?.params[i]?.twins ?? 1) > 0.9,
    );
    const [first] = alike;
    if (first === undefined) return undefined;
    const { path, twins } = first;
    return {
      severity: leftOf(evidence) > unsolved ? "serious" : "warning",
      evidence: `${percent(twins)} of the columns of ${path} equal another one at the start, and still do at the end`,
      cause: "units that begin with the same weights get the same gradient, and remain one unit",
      advice: "draw weights at random, by their fans",
      remedy: { kind: "redraw" },
      confidence: 0.95,
    };
  },
};

/** A point from which only a direction of negative curvature leads on. */
export const saddle: FindingRule = {
  name: "saddle",
  find: (evidence) => {
    const { end, run } = evidence;
    const curvature = end?.curvature;
    if (end === undefined || curvature === undefined) return undefined;
    const { largest, smallest, error } = curvature;
    if (!(smallest < -Math.max(3 * error, bent * Math.abs(largest)))) return undefined;
    // What the loss would fall by, to second order, on a way as long as the params.
    const size = Math.max(1, Math.hypot(...end.params.map(({ norm }) => norm)));
    if (-smallest * size ** 2 < 1e-2 * scaleOf(evidence)) return undefined;
    const isVerdict = run.verdict?.kind === "saddle";
    const stuck = [1, 10].every(
      (f) =>
        Math.abs(gainOf(evidence, trialOf(evidence, "rate", f))) < 0.01 ||
        trialOf(evidence, "rate", f) === undefined,
    );
    const flat = end.gradientNorm ** 2 < 0.01 * Math.abs(smallest) * scaleOf(evidence);
    if (!isVerdict && !(stuck && flat)) return undefined;
    return {
      severity: leftOf(evidence) > 0.02 ? "serious" : "warning",
      evidence: `the gradient's norm is ${told(end.gradientNorm)}, while the curvature along one direction is ${told(smallest)} ± ${told(error)}: the loss falls both ways along it`,
      cause: "training came to a saddle, and has no gradient to leave it by",
      advice:
        "a little noise in the params at the start, or a solver that follows negative curvature (trustRegion, saddleFreeNewton)",
      remedy: { kind: "disturb", part: 0.3 },
      confidence: isVerdict ? 0.95 : 0.8,
    };
  },
};

/** A start so faint that no gradient comes through. */
export const startTooSmall: FindingRule = {
  name: "start-too-small",
  find: (evidence) => {
    const { start } = evidence;
    const last = own(start).at(-1);
    if (last === undefined || last.rms > faint || last.dead > mostDead) return undefined;
    const first = own(start)[0]!;
    return {
      severity: leftOf(evidence) > unsolved ? "serious" : "note",
      evidence: `at the start the outputs of layer ${last.layer} are ${told(last.rms)} in root mean square, those of ${first.layer} ${told(first.rms)}; the gradient of the first weights is ${told(start.params.find(({ products }) => products > 0)?.gradientNorm ?? Number.NaN)}`,
      cause:
        "weights begin so small that the signal fades from layer to layer, and its gradient with it",
      advice: "draw weights by their fans: He's rule before relu, Xavier's before tanh",
      remedy: { kind: "redraw" },
      confidence: 0.9,
    };
  },
};

/** Units that are lost where training begins. */
const before = (share: number): boolean => share > 0.5;

function dead(evidence: Evidence, atStart: boolean): Omit<Finding, "name"> | undefined {
  const [first, last] = [evidence.start, evidence.end].map((point) => worst(point, (u) => u.dead));
  const unit = last ?? first;
  if (unit === undefined || unit.dead < mostDead || before(first?.dead ?? 0) !== atStart)
    return undefined;
  return {
    severity: leftOf(evidence) > unsolved ? "serious" : "warning",
    evidence: `${percent(unit.dead)} of the ${unit.units} relu units of layer ${unit.layer} are 0 on every row looked at; at the start ${percent(first?.dead ?? 0)} of layer ${first?.layer ?? ""} were`,
    ...(atStart
      ? {
          cause: "they begin where no row reaches them: biases far below 0, or inputs far from 0",
          advice: "begin with biases of 0 and weights by their fans",
          remedy: { kind: "redraw" },
          confidence: 0.95,
        }
      : {
          cause:
            "steps too large threw them to where no row reaches them, and no gradient brings them back",
          advice: "a tenth of the rate",
          remedy: { kind: "rate", factor: 0.1 },
          confidence: 0.7,
        }),
  };
}

/** ReLUs that give 0 for every row from the start. */
export const deadRelus: FindingRule = {
  name: "dead-relus",
  find: (evidence) => dead(evidence, true),
};

/** ReLUs that came to give 0 for every row. */
export const diedRelus: FindingRule = {
  name: "dead-relus",
  find: (evidence) => dead(evidence, false),
};

function saturated(evidence: Evidence, atStart: boolean): Omit<Finding, "name"> | undefined {
  const [first, last] = [evidence.start, evidence.end].map((point) =>
    worst(point, (unit) => unit.saturated),
  );
  if (before(first?.saturated ?? 0) !== atStart) return undefined;
  // A start in which all were is the cause of what it cost, even where training found its way out later.
  const unit = [last, first].find((own) => own !== undefined && own.saturated >= mostSaturated);
  if (unit === undefined) return undefined;
  // Far out on both sides is a matter of weights' size; on one side, of biases.
  const common = first?.common ?? 0;
  const share = `${percent(unit.saturated)} of the outputs of the ${unit.op} units of layer ${unit.layer} ${unit === first ? `lay within 1.5 % of an end of their range at the start; at the end ${percent(last?.saturated ?? 0)} of layer ${last?.layer ?? ""} do` : `lie within 1.5 % of an end of their range; at the start ${percent(first?.saturated ?? 0)} of layer ${first?.layer ?? ""} did`}`;
  const severity = leftOf(evidence) > unsolved ? "serious" : "note";
  if (!atStart) {
    return {
      ...{ severity, evidence: share },
      cause:
        "training drove them to the ends of their range: steps too large, or targets out of reach",
      advice: "a tenth of the rate",
      remedy: { kind: "rate", factor: 0.1 },
      confidence: 0.6,
    };
  }
  return {
    severity,
    evidence: `${share}; ${percent(common)} of their mean square was the same for all rows then`,
    cause:
      common > 0.5
        ? "biases put them at an end of their range before any row is seen: there the slope, and so the gradient, is next to 0"
        : "inputs or weights are so large that every row drives them to an end of their range",
    advice: "begin with biases of 0 and weights by their fans",
    remedy: { kind: "redraw" },
    confidence: common > 0.5 ? 0.95 : 0.7,
  };
}

/** Sigmoids or tanhs that begin at the ends of their range. */
export const saturatedUnits: FindingRule = {
  name: "saturated-units",
  find: (evidence) => saturated(evidence, true),
};

/** Sigmoids or tanhs that came to the ends of their range. */
export const saturatedLater: FindingRule = {
  name: "saturated-units",
  find: (evidence) => saturated(evidence, false),
};

/** A start that is sure of what is wrong. */
export const startTooLarge: FindingRule = {
  name: "start-too-large",
  find: (evidence) => {
    const { start, data } = evidence;
    if (data.labels === undefined) return undefined;
    const over = start.loss / data.labels.entropy;
    if (over < wild) return undefined;
    return {
      severity: leftOf(evidence) > unsolved ? "serious" : "note",
      evidence: `the loss begins at ${told(start.loss)}, ${told(over)} times the ${told(data.labels.entropy)} of a model that knows nothing; scores are ${told(start.scores?.rms ?? Number.NaN)} in root mean square`,
      cause:
        "weights begin so large that the network is sure before it has learnt anything: the first part of the training unlearns that",
      advice: "draw weights by their fans: He's rule before relu, Xavier's before tanh",
      remedy: { kind: "redraw" },
      confidence: 0.85,
    };
  },
};

/** Gradients that fade on their way back. */
export const vanishingGradients: FindingRule = {
  name: "vanishing-gradients",
  find: (evidence) => {
    const units = own(evidence.start);
    const [first, last] = [units[0], units[units.length - 1]];
    if (first === undefined || last === undefined || units.length < 3) return undefined;
    const ratio = first.gradientRms / last.gradientRms;
    if (!(ratio < vanished) || last.rms < faint) return undefined;
    return {
      severity: leftOf(evidence) > unsolved ? "serious" : "note",
      evidence: `at the start the gradient by the outputs of layer ${first.layer} is ${told(first.gradientRms)} in root mean square, by those of ${last.layer} ${told(last.gradientRms)}: ${told(1 / ratio)} times larger, over ${units.length} layers of ${last.op}`,
      cause:
        last.op === "sigmoid"
          ? "the slope of a sigmoid is at most 1/4, and gradients are multiplied by it in each layer"
          : "each layer passes back less than it gets",
      advice: "relu or tanh in place of sigmoid, normalization, or residual branches",
      remedy: { kind: "told" },
      confidence: 0.9,
    };
  },
};

/** Depth without anything that keeps signals at one size. */
export const noNormalization: FindingRule = {
  name: "no-normalization",
  find: (evidence) => {
    const { end, start } = evidence;
    if (end === undefined || start.isNormalized || start.branches.length > 0) return undefined;
    const units = own(end);
    if (units.length < deepFrom || start.params.some(({ products }) => products > 1))
      return undefined;
    const sizes = units.map(({ rms }) => rms).filter((rms) => rms > 0);
    const spread = Math.max(...sizes) / Math.min(...sizes);
    if (spread < drift || leftOf(evidence) < unsolved) return undefined;
    return {
      severity: "serious",
      evidence: `over ${units.length} layers without normalization or shortcut the size of the signal goes from ${told(units[0]!.rms)} to ${told(units[units.length - 1]!.rms)}, with a factor of ${told(spread)} between the least and the largest; the sharpness at the start is ${told(start.curvature?.largest ?? Number.NaN)}`,
      cause:
        "in a deep network each step changes the size of everything behind it, so that only very small steps are safe",
      advice: "batchNorm or layerNorm behind each dense layer, or residual branches",
      remedy: { kind: "told" },
      confidence: 0.7,
    };
  },
};
