import type { StoredEvent } from "../../../src/runs/run.ts";
import type { RunReply } from "../../../src/studio/protocol.ts";

/** What curves are drawn over. */
export type Abscissa = "step" | "epoch" | "time" | "evaluations";

const all: readonly Abscissa[] = ["step", "epoch", "time", "evaluations"];

/** How a run's steps become epochs, seconds and gradients. */
export interface RunClock {
  readonly epochsPerStep: number | undefined;
  /** Rising: seconds since the start, at steps whose time was told. */
  readonly seconds: readonly (readonly [step: number, seconds: number])[];
  readonly gradientsPerStep: number | undefined;
}

/** What the record says of a run's pace. */
export function clockOf(
  reply: Pick<RunReply, "cost" | "run">,
  events: readonly StoredEvent[],
): RunClock {
  const start = events.find(({ event }) => event.kind === "start");
  const plan = start?.event.kind === "start" ? start.event : undefined;
  const epochsPerStep =
    plan?.epochs !== undefined && plan.steps !== undefined && plan.steps > 0
      ? plan.epochs / plan.steps
      : undefined;
  const seconds: (readonly [number, number])[] = [[0, 0]];
  for (const { time, event } of events) {
    if (start === undefined || event.kind !== "progress") continue;
    const [step, passed] = [event.step, (time - start.time) / 1000];
    const [lastStep, last] = seconds.at(-1)!;
    if (step > lastStep && passed >= last) seconds.push([step, passed]);
  }
  return { epochsPerStep, seconds, gradientsPerStep: gradientsPerStep(reply) };
}

function gradientsPerStep({ cost, run }: Pick<RunReply, "cost" | "run">): number | undefined {
  const { steps } = run;
  const told = cost?.["gradientEquivalents"] ?? cost?.["gradients"];
  return typeof told === "number" && steps !== undefined && steps > 0 ? told / steps : undefined;
}

/** The axes that a run can be drawn over. */
export const axesOf = ({
  epochsPerStep,
  seconds,
  gradientsPerStep,
}: RunClock): readonly Abscissa[] =>
  all.filter(
    (axis) =>
      axis === "step" ||
      (axis === "epoch" && epochsPerStep !== undefined) ||
      (axis === "time" && seconds.length > 1) ||
      (axis === "evaluations" && gradientsPerStep !== undefined),
  );

/** The axis after one, for the key that cycles through them. */
export function nextAxis(axis: Abscissa, offered: readonly Abscissa[]): Abscissa {
  return offered[(offered.indexOf(axis) + 1) % offered.length] ?? "step";
}

/** Where a step lies on an axis; between times that were told, as if the pace had been even. */
export function placeStep(axis: Abscissa, clock: RunClock): (step: number) => number {
  const { epochsPerStep = 1, seconds, gradientsPerStep = 1 } = clock;
  switch (axis) {
    case "step":
      return (step) => step;
    case "epoch":
      return (step) => step * epochsPerStep;
    case "evaluations":
      return (step) => step * gradientsPerStep;
    case "time":
      return (step) => between(seconds, step);
  }
}

function between(known: RunClock["seconds"], step: number): number {
  let [low, high] = [0, known.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (known[middle]![0] <= step) low = middle;
    else high = middle;
  }
  const [[fromStep, from], [toStep, to]] = [known[low]!, known[high]!];
  return toStep === fromStep
    ? from
    : from + ((step - fromStep) / (toStep - fromStep)) * (to - from);
}

/** What stands at the axis. */
export const axisLabel: Readonly<Record<Abscissa, string>> = {
  ...{ step: "step", epoch: "epoch", time: "seconds", evaluations: "gradient evaluations" },
};
