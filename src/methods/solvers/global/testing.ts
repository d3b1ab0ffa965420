import type { Bounds, Features, Vector } from "../../../linalg/ask.ts";
import { setFeatures } from "../../../training/constraintFeatures.ts";
import { box } from "../../constraints/box.ts";
import { holdParams } from "../../constraints/held.ts";
import type { Smooth } from "../testing.ts";

/** A function by its value and gradient alone. */
export const fromGradient = (f: (x: Vector) => readonly [number, number[]]): Smooth => ({
  value: (x) => f(x)[0],
  gradient: (x) => {
    const [value, gradient] = f(x);
    return { value, gradient: Float64Array.from(gradient) };
  },
  hessian: () => {
    throw new Error("no second derivatives here");
  },
});

const twoPi = 2 * Math.PI;

/** 10n + Σ xᵢ² − 10 cos 2πxᵢ: a minimum near each point of whole numbers, the lowest, 0, at the origin. */
export const rastrigin = fromGradient((x) => [
  x.reduce((sum, xi) => sum + 10 + xi * xi - 10 * Math.cos(twoPi * xi), 0),
  Array.from(x, (xi) => 2 * xi + 10 * twoPi * Math.sin(twoPi * xi)),
]);

/** (x₁² + x₂ − 11)² + (x₁ + x₂² − 7)²: four minima, all 0. */
export const himmelblau = fromGradient((x) => {
  const [a, b] = [x[0]! ** 2 + x[1]! - 11, x[0]! + x[1]! ** 2 - 7];
  return [a * a + b * b, [4 * a * x[0]! + 2 * b, 2 * a + 4 * b * x[1]!]];
});

/** What a problem with a box answers, and what its solver is told. */
export function inBox(
  n: number,
  low: number,
  high: number,
): { features: Features; context: { bounds: Bounds } } {
  const set = holdParams(box(low, high), { shapes: [[n]], paths: [""] });
  if (set.bounds === undefined) throw new Error("a box has bounds");
  return { features: setFeatures(set), context: { bounds: set.bounds } };
}
