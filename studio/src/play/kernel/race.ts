import { jit, minimize, NDArray, vmap } from "nadir";
import { makeMethod } from "./makers.ts";
import type { Finish, Grid, Race, View } from "./protocol.ts";
import { CodeError, type Loss } from "./userCode.ts";

/** Runs one racer to its verdict: what `minimize` gives for this function, start, method and budget. */
export async function runRacer(
  loss: Loss,
  race: Omit<Race, "code">,
  racer: number,
): Promise<Finish> {
  const result = await minimize(loss.f, {
    x0: Float64Array.from(race.start),
    method: makeMethod(race.racers[racer]!),
    maxEvaluations: race.budget,
    // The price is the limit: what is cheap may iterate more.
    maxIterations: 10 * race.budget,
    seed: race.seed,
    engine: "js",
    keepPath: true,
  });
  const { verdict, iterations, saddlesLeft, value, history, cost } = result;
  const path = new Float64Array(2 * history.length);
  result.path?.forEach((point, i) => {
    path.set(point, 2 * i);
  });
  return {
    ...{ racer, path, verdict, iterations, saddlesLeft, value },
    values: Float64Array.from(history, (entry) => entry.value),
    spent: Float64Array.from(history, ({ gradientEquivalents }) => gradientEquivalents),
    price: cost.gradientEquivalents,
  };
}

/** Traces the function at a point, and refuses what is no loss of two unknowns. @throws CodeError, NadirError */
export function checkLoss({ f, start = [0.5, 0.5] }: Loss): void {
  const value = jit(f)(start);
  if (value instanceof NDArray && value.size === 1) return;
  throw new CodeError({
    summary:
      value instanceof NDArray
        ? `the function gives an array of shape [${value.shape.join(", ")}]`
        : "the function gives no array",
    expected: "one number: the loss",
    hint: ".sum() or .mean() at its end",
  });
}

/** All values over a view, as one batched graph. */
export function gridOf(f: Loss["f"], view: View, width: number, height: number): Grid {
  const [left, right, bottom, top] = view;
  const places = new Float64Array(2 * width * height);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const x = left + ((right - left) * i) / (width - 1);
      const y = bottom + ((top - bottom) * j) / (height - 1);
      places.set([x, y], 2 * (j * width + i));
    }
  }
  const many = vmap((x: Parameters<Loss["f"]>[0]) => f(x).reshape([]).cast("f64"));
  const values = jit(many)(NDArray.of(places, [width * height, 2]));
  return { view, width, height, values: Float64Array.from(values.data) };
}
