import { isTensor } from "../../array/graph.ts";
import type { Tensor } from "../../array/tensor.ts";
import { flatten, type Tree } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { HeldParams } from "../constraints/held.ts";
import type { Rule, RuleStep, Settle } from "./rule.ts";

/** Several in turn; undefined if there is none. */
export function settleInTurn(settles: readonly (Settle | undefined)[]): Settle | undefined {
  const some = settles.filter((settle) => settle !== undefined);
  if (some.length === 0) return undefined;
  return (params, step) => some.reduce((at, settle) => settle(at, step), params);
}

/** What a rule that sees only the tensors at these places does to them. */
export function settleSome(
  places: readonly number[],
  { shapes, paths }: HeldParams,
  rule: Rule,
): Settle | undefined {
  const settle = rule.settling?.({
    shapes: places.map((i) => shapes[i]!),
    paths: places.map((i) => paths[i]!),
  });
  if (settle === undefined) return undefined;
  return (params, step) => {
    const next: Vector[] = [...params];
    const own = settle(
      places.map((i) => params[i]!),
      step,
    );
    for (const [k, i] of places.entries()) next[i] = own[k]!;
    return next;
  };
}

/** Shapes and paths of a tree of params. */
export function shapesOfParams(params: Tree<Tensor>): HeldParams {
  const { leaves, paths } = flatten(params, isTensor, "params");
  return { shapes: leaves.map(({ shape }) => shape), paths };
}

/**
 * A step after which the host settles.
 *
 * @throws NadirError `rules/settling` in a rule around this one that would not see what the host does
 */
export function requireSettling(step: RuleStep, rule: string, what: string): void {
  if (step.settles === true) return;
  throw new NadirError("rules/settling", `${rule}: ${what} is no formula`, {
    expected: "a place where the host can take it after each step",
    hint: "within accumulate, lookahead and averageParams it cannot: put proximal or projected around them",
  });
}
