import type { Tensor } from "../../../array/tensor.ts";
import { testFunctions } from "../../../data/testFunctions/registry.ts";

/** What a point is known to be. `unbounded`: whatever a run from here does, no minimum is on its way. */
export type Truth =
  | "minimum"
  | "strict saddle"
  | "degenerate point"
  | "maximum"
  | "not stationary"
  | "unbounded";

/** A function, a point, and what that point is known to be: by theory, not by nadir. */
export interface VerdictCase {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  readonly x: readonly number[];
  readonly truth: Truth;
}

const truths = {
  saddle: "strict saddle",
  degenerate: "degenerate point",
  maximum: "maximum",
} as const;

/** The listed minima and other stationary points of all test functions, and their starts. */
function listed(): VerdictCase[] {
  return [...testFunctions.values()].flatMap(({ key, f, minima, stationary = [], start }) => [
    ...minima.flatMap(({ x }, k): VerdictCase[] =>
      x === undefined ? [] : [{ name: `${key}, minimum ${k + 1}`, f, x, truth: "minimum" }],
    ),
    ...stationary.map(
      ({ x, kind }, k): VerdictCase => ({
        ...{ name: `${key}, stationary point ${k + 1}`, f, x },
        truth: truths[kind],
      }),
    ),
    ...(isListed(start, [...minima, ...stationary])
      ? []
      : [{ name: `${key}, start`, f, x: start, truth: "not stationary" } as const]),
  ]);
}

const isListed = (
  start: readonly number[],
  points: readonly { readonly x?: readonly number[] }[],
): boolean => points.some(({ x }) => x?.every((xi, i) => Math.abs(xi - start[i]!) < 1e-9));

const first = (x: Tensor): Tensor => x.at(0);
const second = (x: Tensor): Tensor => x.at(1);

/** x³ − 3xy²: three ways down, three up. */
const monkey = (x: Tensor): Tensor =>
  first(x)
    .pow(3)
    .sub(first(x).mul(second(x).square()).mul(3));

/** Points whose kind no eigenvalue of the Hessian tells. */
const degenerate: readonly VerdictCase[] = (
  [
    ["x³", (x) => first(x).pow(3), [0]],
    ["x² + y³", (x) => first(x).square().add(second(x).pow(3)), [0, 0]],
    ["x² − y⁴", (x) => first(x).square().sub(second(x).pow(4)), [0, 0]],
    ["x⁴ − y⁴", (x) => first(x).pow(4).sub(second(x).pow(4)), [0, 0]],
    [
      "(y − x²)(y − 2x²), Peano's",
      (x) => {
        const square = first(x).square();
        return second(x)
          .sub(square)
          .mul(second(x).sub(square.mul(2)));
      },
      [0, 0],
    ],
    ["x²y", (x) => first(x).square().mul(second(x)), [0, 0]],
    ["x³ + y³ + z²", (x) => first(x).pow(3).add(second(x).pow(3)).add(x.at(2).square()), [0, 0, 0]],
    ["x⁵ + y²", (x) => first(x).pow(5).add(second(x).square()), [0, 0]],
  ] as readonly (readonly [string, (x: Tensor) => Tensor, readonly number[]])[]
).map(([name, f, x]) => ({ name: `${name} at 0`, f, x, truth: "degenerate point" }));

/** Functions with no minimum at all, from points where the gradient is not 0. */
const unbounded: readonly VerdictCase[] = (
  [
    ["3x − y", (x) => first(x).mul(3).sub(second(x)), [0, 0]],
    ["x³", (x) => first(x).pow(3), [-1]],
    ["−x² − y²", (x) => x.square().sum().neg(), [1, 2]],
    ["x² − y²", (x) => first(x).square().sub(second(x).square()), [1, 0.1]],
    ["xy", (x) => first(x).mul(second(x)), [1, 2]],
    ["−x⁴", (x) => x.pow(4).sum().neg(), [0.5]],
    ["the monkey saddle", monkey, [1, 0.5]],
    ["the monkey saddle", monkey, [-0.2, 0.1]],
    ["x − y³", (x) => first(x).sub(second(x).pow(3)), [0, 1]],
    ["x² − eʸ", (x) => first(x).square().sub(second(x).exp()), [1, 1]],
  ] as readonly (readonly [string, (x: Tensor) => Tensor, readonly number[]])[]
).map(([name, f, x]) => ({ name: `${name} from ${x.join(", ")}`, f, x, truth: "unbounded" }));

/** All cases. */
export const verdictCases = (): readonly VerdictCase[] => [
  ...listed(),
  { name: "x³ − 3xy² at 0", f: monkey, x: [0, 0], truth: "degenerate point" },
  ...degenerate,
  ...unbounded,
];
