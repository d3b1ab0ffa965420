import { foldIn } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Tree } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { described } from "../method.ts";
import { refreshTogether, renewed } from "./refresh.ts";
import type { Role, Rule } from "./rule.ts";
import { settleInTurn } from "./settle.ts";

/**
 * Rules one after another: each takes what the one before gives. Just one makes the step (`adam`);
 * what works on gradients stands before it, what works on steps after it, and clipping may be either:
 * `chain(clipByGlobalNorm(1), weightDecay(1e-4), adam(1e-3))`.
 *
 * @throws NadirError `chain/order` if a rule stands where it has nothing to work on; `chain/empty`
 */
export const chain = described(
  {
    name: "chain",
    kind: "transform",
    summary: "Rules one after another, each on what the one before gives.",
    guarantee: "That of its parts, where they have one together.",
    price: { gradients: 0, state: 0 },
    source: "nadir",
  },
  (...rules: readonly Rule[]): Rule<readonly Tree<Tensor>[]> => {
    const role = joinedRole(rules);
    const penalized = rules.find((rule) => rule.penaltiesOn);
    return {
      kind: "rule",
      name: `chain(${rules.map(({ name }) => name).join(", ")})`,
      role,
      joinable: rules.every(({ joinable }) => joinable === true),
      learningRate: rules.find((rule) => roleOf(rule) === "step")?.learningRate,
      ...(penalized?.penaltiesOn === undefined ? {} : { penaltiesOn: penalized.penaltiesOn }),
      init: (params) => rules.map((rule) => rule.init(params)),
      refresh: refreshTogether([...rules.entries()], (states, place) =>
        rules.map((rule, i) => renewed(rule, states[i]!, place)),
      ),
      settling: (params) => settleInTurn(rules.map((rule) => rule.settling?.(params))),
      answer: (params, states) =>
        rules.reduce((at, rule, i) => rule.answer?.(at, states[i]!) ?? at, params),
      update: (gradient, states, params, step) => {
        let updates = gradient;
        const next = rules.map((rule, i) => {
          const own = { ...step, key: foldIn(step.key, i) };
          const result = rule.update(updates, states[i]!, params, own);
          updates = result.updates;
          return result.state;
        });
        return { updates, state: next };
      },
    };
  },
);

const roleOf = ({ role = "step" }: Rule): Role => role;

/** What the rules make of a gradient together. */
function joinedRole(rules: readonly Rule[]): Role {
  if (rules.length === 0) {
    throw new NadirError("chain/empty", "chain: no rules", { expected: "at least one rule" });
  }
  const roles = rules.map(roleOf);
  const makers = rules.filter((_, i) => roles[i] === "step");
  if (makers.length > 1) {
    const names = makers.map(({ name }) => name).join(" and ");
    throw new NadirError("chain/order", `chain: ${names} each turn a gradient into a step`, {
      expected: "one rule that makes the step; it takes gradients and gives none",
    });
  }
  const at = roles.indexOf("step");
  if (at < 0) {
    const own = new Set(roles.filter((role) => role !== "either"));
    if (own.size < 2) return [...own][0] ?? "either";
  }
  const misplaced = rules.find(
    (_, i) => (roles[i] === "gradient" && i > at) || (roles[i] === "update" && i < at),
  );
  if (misplaced === undefined) return "step";
  const works = misplaced.role === "gradient" ? "gradients, before" : "steps, after";
  throw new NadirError("chain/order", `chain: ${misplaced.name} stands at the wrong place`, {
    expected: `it works on ${works} the rule that makes the step`,
  });
}

/**
 * A rule that makes steps by itself.
 *
 * @throws NadirError `rules/no-step` for clipping, weight decay and the like on their own
 */
export function requireStep<S extends Tree<Tensor>>(rule: Rule<S>): Rule<S> {
  if (roleOf(rule) === "step") return rule;
  throw new NadirError("rules/no-step", `${rule.name} changes gradients but makes no step`, {
    expected: "a rule such as adam, or a chain with one",
    hint: `chain(${rule.name}, adam(1e-3))`,
  });
}
