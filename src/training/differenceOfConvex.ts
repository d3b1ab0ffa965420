import { record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { valueAndGrad } from "../autodiff/grad.ts";
import { requireScalar, type Traced } from "../autodiff/variables.ts";
import type { Evaluation, Features, Vector } from "../linalg/ask.ts";
import { lazily } from "./leastSquares.ts";
import { type Layout, unpack } from "./objective.ts";

/** f = g − h with both convex, by its parts. */
export interface DifferenceOfConvex<X> {
  readonly kind: "difference-of-convex";
  readonly convex: (x: Traced<X>) => Tensor;
  readonly subtracted: (x: Traced<X>) => Tensor;
}

/**
 * A difference of convex functions for `minimize`: f(x) = convex(x) − subtracted(x). The method `dca` sees the parts, all
 * others the difference. Nothing checks that they are convex: `nadir convexity` does.
 *
 * @example await minimize(differenceOfConvex((x) => x.pow(4).sum(), (x) => x.square().sum()), { x0: [1], method: dca() })
 */
export const differenceOfConvex = <X = readonly number[]>(
  convex: (x: Traced<X>) => Tensor,
  subtracted: (x: Traced<X>) => Tensor,
): DifferenceOfConvex<X> => ({ kind: "difference-of-convex", convex, subtracted });

/** Answers `convex-part` and `subtracted-part`, compiled when first asked for. */
export function differenceFeatures(
  parts: Readonly<Record<"convex" | "subtracted", (leaves: readonly Tensor[]) => Tensor>>,
  { shapes, dtype }: Layout,
  size: number,
): Features {
  const compiled = (part: (leaves: readonly Tensor[]) => Tensor): ((x: Vector) => Evaluation) => {
    const flat = (x: Tensor): Tensor => requireScalar("minimize", part(unpack(x, shapes)));
    const run = lazily(
      () =>
        record([{ shape: [size], dtype }], (x) => {
          const { value, gradient } = valueAndGrad(flat)(x!);
          return [value, gradient];
        }),
      dtype,
    );
    return (x) => {
      const [value, gradient] = run(x);
      return { value: value![0]!, gradient: gradient! };
    };
  };
  const convex = compiled(parts.convex);
  const subtracted = compiled(parts.subtracted);
  return {
    "convex-part": ({ x }) => convex(x),
    "subtracted-part": ({ x }) => subtracted(x),
  };
}
