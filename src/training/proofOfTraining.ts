import { type Proof, proveCurvature, type Role } from "../analysis/curvature.ts";
import { rangeOf } from "../analysis/range.ts";
import { strongConvexity } from "../analysis/strongConvexity.ts";
import { NDArray } from "../array/ndarray.ts";
import { array } from "../array/operations/creation.ts";
import { key } from "../array/operations/random.ts";
import { reshape, slice } from "../array/operations/shaping.ts";
import { finish, record } from "../array/program.ts";
import { sizeOf } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import { close } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { type FlatProof, positionsOf } from "./curvatureProof.ts";
import type { Standing } from "./measure.ts";
import type { RunningPlan } from "./plan.ts";
import { chunks, rowsOf } from "./rows.ts";
import { evaluateLoss } from "./step.ts";

/** A proof of a training loss, in eval mode, as a function of all params end to end. */
export interface TrainingProof extends FlatProof {
  /** A polynomial of degree 2 at most: curved alike everywhere. */
  readonly quadratic: boolean;
}

/**
 * What can be proved of the mean loss over the training data. Strong convexity is read off its own terms ½λ‖x‖²; what the data
 * add is not known from ranges.
 */
export function proofOfTraining(
  { spec, params, data, seed }: Pick<RunningPlan, "spec" | "params" | "data" | "seed">,
  { state }: Standing,
): TrainingProof {
  const { dtype, loss } = spec;
  // By their shapes: a large model's start arrays hold nothing any more once it trains.
  const size = params.arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  // As many rows as it is measured on at once: a loss may be written for one number of them. What is proved holds for any
  // rows whose numbers lie within the data's ranges.
  const [[from, to] = [0, 0]] = chunks(data.arrays[0]?.shape[0] ?? 0);
  const some = rowsOf(data, from, to);
  const program = finish(
    record(
      [{ shape: [size], dtype }, ...some.arrays],
      (...inputs) => {
        const [[flat] = [], batch] = cut(inputs, [1, some.arrays.length]);
        let end = 0;
        const leaves = params.arrays.map(({ shape }) => {
          end += sizeOf(shape);
          return reshape(slice(flat!, [end - sizeOf(shape), end]), shape);
        });
        const remembered = spec.state.arrays.map(
          ({ shape, dtype: own }, i): Tensor => array(new NDArray(state[i]!, shape, own)),
        );
        const context = {
          key: key(seed),
          training: false,
          state: close<unknown>(spec.state.structure, remembered),
        };
        const tree = close<Tree<Tensor>>(params.structure, leaves);
        return [evaluateLoss(loss, tree, close(some.structure, batch!), context).value];
      },
      dtype,
    ),
  );
  const roles: Role[] = [
    { kind: "variable" },
    ...data.arrays.map((values): Role => ({ kind: "constant", range: rangeOf(values.data) })),
  ];
  const proof: Proof = proveCurvature(program, roles);
  const [output] = program.outputs;
  const quadratic = proof.of(output!).degree <= 2;
  if (proof.bend !== "convex") return { ...proof, quadratic };
  const moduli = strongConvexity(output!, size, proof.of, (selection) =>
    positionsOf(program, selection),
  );
  return { ...proof, quadratic, ...(moduli === undefined ? {} : { moduli }) };
}
