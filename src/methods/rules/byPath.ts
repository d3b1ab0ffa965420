import { isTensor } from "../../array/graph.ts";
import { foldIn } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import { zerosLike } from "../../array/tensorTree.ts";
import { flatten, type Tree, unflatten } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { described } from "../method.ts";
import { ownersOf } from "../paths.ts";
import type { Penalty } from "../penalties/penalty.ts";
import { requireStep } from "./chain.ts";
import { refreshTogether, renewed } from "./refresh.ts";
import type { NoState, RefreshPlace, Rule } from "./rule.ts";
import { settleInTurn, settleSome, shapesOfParams } from "./settle.ts";

/**
 * A rule that never moves: for the params that `byPath` is to leave as they are, bit for bit.
 */
export const frozen = described(
  {
    name: "frozen",
    kind: "rule",
    summary: "Leaves params as they are.",
    guarantee: "Params stay bit for bit.",
    price: { gradients: 0, state: 0 },
    source: "nadir",
  },
  (): Rule<NoState> => ({
    kind: "rule",
    name: "frozen",
    joinable: true,
    init: () => ({}),
    update: (gradient, state) => ({ updates: zerosLike(gradient), state }),
  }),
);

/**
 * A rule for each part of the params, chosen by path. A path is the keys and positions down to a
 * tensor, as `layers.0.weight`; a pattern is the start of paths, in whole keys, where `*` stands for
 * any one key and `**` for any number of them. Of the patterns that fit, the one with most named keys
 * decides, the first of equals: `byPath({ "*": adam(1e-3), encoder: frozen(), "**.bias": sgd(0.1) })`.
 *
 * @param groups - rules by pattern
 * @throws NadirError `byPath/pattern`, when it first sees params, for a pattern that no path fits, or
 *   a path that fits none
 */
export const byPath = described(
  {
    name: "byPath",
    kind: "transform",
    summary: "Another rule, or none, for each part of the params.",
    guarantee: "That of its parts, each with the others held fixed.",
    price: { gradients: 0, state: 0 },
    source: "nadir",
  },
  (groups: Readonly<Record<string, Rule>>): Rule<Readonly<Record<string, Tree<Tensor>>>> => {
    const names = Object.keys(groups);
    for (const name of names) requireStep(groups[name]!);
    const penaltiesOn = (paths: readonly string[]): readonly (Penalty | undefined)[] => {
      const owners = rulesOf(paths, names);
      const found = new Map(
        names.flatMap((name) => {
          const own = paths.filter((_, i) => owners[i] === name);
          const penalties = groups[name]!.penaltiesOn?.(own) ?? [];
          return own.map((path, i) => [path, penalties[i]] as const);
        }),
      );
      return paths.map((path) => found.get(path));
    };
    const moving = names.map((name) => groups[name]!).find((rule) => rule.learningRate);
    return {
      kind: "rule",
      name: `byPath(${names.map((name) => `${name}: ${groups[name]!.name}`).join(", ")})`,
      learningRate: moving?.learningRate,
      ...(names.some((name) => groups[name]!.penaltiesOn) ? { penaltiesOn } : {}),
      init: (params) => {
        const parts = partsOf(params, names);
        return Object.fromEntries(
          names.map((name) => [name, groups[name]!.init(parts(params, name))]),
        );
      },
      refresh: refreshTogether(Object.entries(groups), (states, place) => {
        const parts = partsOf(place.params, names);
        return Object.fromEntries(
          names.map((name, i) => {
            const own = withinGroup(place, parts, place.params, name, i);
            return [name, renewed(groups[name]!, states[name]!, own)];
          }),
        );
      }),
      settling: ({ shapes, paths }) => {
        const owners = rulesOf(paths, names);
        return settleInTurn(
          names.map((name) => {
            const own = paths.flatMap((_, i) => (owners[i] === name ? [i] : []));
            return settleSome(own, { shapes, paths }, groups[name]!);
          }),
        );
      },
      answer: (params, states) => {
        const parts = partsOf(params, names);
        return parts.join((name) => {
          const own = parts(params, name);
          return groups[name]!.answer?.(own, states[name]!) ?? own;
        });
      },
      update: (gradient, states, params, step) => {
        const parts = partsOf(params, names);
        const moved = new Map(
          names.map((name, i) => {
            const within = withinGroup(step, parts, params, name, i);
            const settles =
              step.settles === true &&
              groups[name]!.settling?.(shapesOfParams(within.params)) !== undefined;
            const own = { ...step, ...within, settles };
            const result = groups[name]!.update(
              parts(gradient, name),
              states[name]!,
              parts(params, name),
              own,
            );
            return [name, result] as const;
          }),
        );
        return {
          updates: parts.join((name) => moved.get(name)!.updates),
          state: Object.fromEntries(names.map((name) => [name, moved.get(name)!.state])),
        };
      },
    };
  },
);

/** What a group is told: its own params, a key of its own, and gradients with the others held where they are. */
function withinGroup(
  { index, key, gradientAt }: Pick<RefreshPlace, "index" | "key" | "gradientAt">,
  parts: Parts,
  params: Tree<Tensor>,
  name: string,
  place: number,
): RefreshPlace {
  return {
    params: parts(params, name),
    index,
    key: foldIn(key, place),
    gradientAt: (point, part) => {
      const whole = parts.join((other) => (other === name ? point : parts(params, other)));
      return parts(gradientAt(whole, part), name);
    },
  };
}

/** Takes the leaves of one group out of a tree, as a flat record by path, and puts all groups together again. */
interface Parts {
  (tree: Tree<Tensor>, name: string): Tree<Tensor>;
  join(part: (name: string) => Tree<Tensor>): Tree<Tensor>;
}

function partsOf(params: Tree<Tensor>, names: readonly string[]): Parts {
  const { paths, structure } = flatten(params, isTensor, "params");
  const owners = rulesOf(paths, names);
  const take = (tree: Tree<Tensor>, name: string): Tree<Tensor> => {
    const { leaves } = flatten(tree, isTensor);
    const own = paths.flatMap((path, i) =>
      owners[i] === name ? [[path, leaves[i]!] as const] : [],
    );
    return Object.fromEntries(own);
  };
  const join = (part: (name: string) => Tree<Tensor>): Tree<Tensor> => {
    const found = new Map<string, Tensor>();
    for (const name of names) {
      // A part's record has its paths as keys, and flatten sorts both alike.
      const own = paths.filter((_, i) => owners[i] === name).sort((a, b) => (a < b ? -1 : 1));
      flatten(part(name), isTensor).leaves.forEach((leaf, i) => {
        found.set(own[i]!, leaf);
      });
    }
    return unflatten(
      structure,
      paths.map((path) => found.get(path)!),
    );
  };
  return Object.assign(take, { join });
}

/** The pattern that decides for each path: here there must be one. */
function rulesOf(paths: readonly string[], names: readonly string[]): readonly string[] {
  const owners = ownersOf("byPath", paths, names);
  return owners.map((owner, i) => {
    if (owner !== undefined) return owner;
    throw new NadirError("byPath/pattern", `byPath: no pattern fits params.${paths[i]}`, {
      expected: `a pattern for each of ${paths.join(", ")}`,
      hint: 'add "*" for all others, as in { "*": frozen() }',
    });
  });
}
