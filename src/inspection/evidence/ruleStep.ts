import type { TypedArray } from "../../array/dtype.ts";
import { foldIn } from "../../array/operations/random.ts";
import { finish, record } from "../../array/program.ts";
import { mapTree, tensorsOf, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { close } from "../../autodiff/variables.ts";
import type { Evidence } from "../../diagnosis/advice/evidence.ts";
import { normOver } from "../../methods/rules/leaves.ts";
import type { Rule } from "../../methods/rules/rule.ts";
import { jsEngine } from "../../runtime/js/engine.ts";
import type { Values } from "../../training/values.ts";
import { normOf } from "./signals.ts";

/** Where a rule's step is looked at. */
export interface RuleStepOptions {
  readonly params: Values;
  /** Of the same structure: the direction that counts. */
  readonly gradient: readonly TypedArray[];
  /** The length it is given. */
  readonly gradientNorm: number;
  readonly index: number;
  readonly total: number;
  readonly dtype: "f32" | "f64";
}

/** A gradient this much smaller is not clipped by any clipping that lets a training move. */
const small = 1e-5;

/**
 * What a rule makes of a gradient: its first step, by a young state. Rules that ask for more gradients than the one they are given
 * are not asked.
 */
export async function ruleStep(
  rule: Rule,
  { params, gradient, gradientNorm, index, total, dtype }: RuleStepOptions,
): Promise<Evidence["step"]> {
  const length = Math.hypot(...gradient.map(normOf));
  if (!(length > 0) || !(gradientNorm > 0) || rule.refresh !== undefined) return undefined;
  let refused = false;
  const refuse = (): never => {
    refused = true;
    throw new Error("internal: a rule that asks for more gradients");
  };
  const program = (() => {
    try {
      return record(
        [
          ...params.arrays,
          ...params.arrays,
          { shape: [], dtype: "i32" },
          { shape: [2], dtype: "i32" },
        ],
        (...inputs) => {
          const count = params.arrays.length;
          const tree = close<Tree<never>>(params.structure, inputs.slice(0, count));
          const along = close<Tree<never>>(params.structure, inputs.slice(count, 2 * count));
          const step = {
            ...{ index: inputs[2 * count]!, total, gradientAt: refuse },
            key: foldIn(inputs[2 * count + 1]!, 0),
          };
          const updateOf = (scale: number) => {
            const given = scale === 0 ? zerosLike(along) : mapTree((g) => g.mul(scale), along);
            return rule.update(given, rule.init(tree), tree, step).updates;
          };
          const scale = gradientNorm / length;
          const updates = [0, small * scale, 2 * small * scale, scale].map(updateOf);
          const [, one, , whole] = updates.map((update) => tensorsOf(update));
          const product = one!
            .map((leaf, i) => leaf.mul(whole![i]!).sum())
            .reduce((sum, part) => sum.add(part));
          return [...updates.map((update) => normOver(update)), product];
        },
        dtype,
      );
    } catch (error) {
      if (refused) return undefined;
      throw error;
    }
  })();
  if (program === undefined) return undefined;
  const executable = await jsEngine.compile(finish(program));
  try {
    const results = await executable.run([
      ...params.arrays.map(({ data }) => data),
      ...gradient,
      ...[Int32Array.of(index), Int32Array.of(0, 1)],
    ]);
    const [still, one, two, whole, product] = results.map((result) => result[0]!);
    // Clipping shortens steps and does not turn them, as methods do that scale each entry.
    const straight = product! > 0.999 * one! * whole!;
    const grows = straight && Math.abs(two! / one! - 2) < 0.02;
    return {
      ...{ length: whole!, withoutGradient: still!, gradientNorm },
      kept: still! < 0.01 * one! && grows ? (small * whole!) / one! : undefined,
    };
  } finally {
    await executable.dispose();
  }
}
