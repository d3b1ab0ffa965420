import { primitiveOf } from "../array/graph.ts";
import type { Program } from "../array/program.ts";
import { formatShape } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import {
  type Bend,
  type Fact,
  fact,
  flipBend,
  isConcave,
  isConvex,
  isFlat,
  joinBends,
  maxDegree,
} from "./fact.ts";
import { everything, type Range, rangeOf } from "./range.ts";
import { rules } from "./rules.ts";

/** What an input of a program is: a variable, or a constant whose values may be known to lie in a range. */
export type Role =
  | { readonly kind: "variable"; readonly range?: Range }
  | { readonly kind: "constant"; readonly range: Range };

/** What a quadratic function's second derivatives, the same everywhere, were found to be by computing them. */
export type Definiteness = "positive" | "negative" | "undecided";

/** What was proved of a program's one output. */
export interface Proof {
  readonly bend: Bend;
  /** What was proved of each node. */
  readonly of: (node: Tensor) => Fact;
  /** The rules that were used, one sentence each, from the variables to the result. */
  readonly trail: readonly string[];
  /** Where the proof broke: the first operation of whose result nothing is known, though all is of its operands. */
  readonly broken?: string;
  readonly range: Range;
}

/**
 * How a scalar program bends in its variables, by the rules of disciplined convex programming on its
 * graph, sharpened by ranges of values, squares, exponentials, and definite quadratic forms.
 *
 * The program must be finished: barriers and custom derivatives do not change values, and are gone.
 *
 * @param roles - one for each input
 * @param quadratic - decides a scalar node that is a polynomial of degree 2
 * @see Grant, Boyd & Ye (2006), Disciplined convex programming
 */
export function proveCurvature(
  program: Program,
  roles: readonly Role[],
  quadratic: (node: Tensor) => Definiteness = () => "undecided",
): Proof {
  const facts = new Map<Tensor, Fact>();
  program.inputs.forEach((input, i) => {
    const role = roles[i]!;
    facts.set(
      input,
      role.kind === "variable"
        ? fact({ bend: "affine", degree: 1, range: role.range ?? everything })
        : constantFact(role.range),
    );
  });
  const of = (node: Tensor): Fact => facts.get(node)!; // nodes come after those they use
  for (const node of program.nodes) {
    if (facts.has(node)) continue;
    const operands = node.inputs.map(of);
    const found = factOf(node, operands, of);
    facts.set(
      node,
      found.bend === "unknown" && found.degree <= 2 && node.size === 1
        ? decided(found, quadratic(node))
        : found,
    );
  }
  const [output] = program.outputs;
  const { bend, range } = of(output!);
  if (bend === "unknown") return { bend, of, range, trail: [], broken: blame(program, of) };
  return { bend, of, range, trail: trailOf(output!, of) };
}

const constantFact = (range: Range): Fact =>
  fact({ bend: "constant", degree: 0, range, squares: range.lo >= 0, logConvex: range.lo > 0 });

function factOf(node: Tensor, operands: readonly Fact[], of: (node: Tensor) => Fact): Fact {
  if (node.op === "constant") {
    const { value, data } = node.attrs;
    return constantFact(
      typeof value === "number" ? { lo: value, hi: value } : rangeOf(data as ArrayLike<number>), // constant's own attributes
    );
  }
  if (node.op === "iota") return constantFact({ lo: 0, hi: Number.POSITIVE_INFINITY });
  const rule = rules[node.op];
  if (operands.every(({ bend }) => bend === "constant")) {
    const range = rule?.(node, operands, of).range ?? everything;
    return constantFact(range);
  }
  return rule?.(node, operands, of) ?? byPrimitive(node, operands);
}

/** The composition rule: what a primitive says of itself, and how its operands bend. */
function byPrimitive(node: Tensor, operands: readonly Fact[]): Fact {
  const { curvature, monotonicity = "none" } = primitiveOf(node.op);
  const along = operands.map((operand) =>
    monotonicity === "increasing"
      ? operand.bend
      : monotonicity === "decreasing"
        ? flipBend(operand.bend)
        : isFlat(operand)
          ? operand.bend
          : "unknown",
  );
  const inner = joinBends(along);
  const why = `${node.op} is ${curvature}${monotonicity === "none" ? "" : ` and ${monotonicity}`}`;
  if (curvature === "affine") return fact({ bend: inner, degree: maxDegree(operands) });
  const holds = inner === "constant" || inner === "affine" || inner === curvature;
  return (curvature === "convex" || curvature === "concave") && holds
    ? fact({ bend: curvature, why })
    : fact({});
}

function decided(found: Fact, definiteness: Definiteness): Fact {
  if (definiteness === "undecided") return found;
  const bend = definiteness === "positive" ? "convex" : "concave";
  const why = `a quadratic function whose Hessian, the same everywhere, is ${definiteness} definite`;
  return { ...found, bend, why };
}

/** The sentences behind a proof, each once, in the order of the program. */
function trailOf(output: Tensor, of: (node: Tensor) => Fact): string[] {
  const seen = new Set<Tensor>();
  const sentences = new Set<string>();
  const visit = (node: Tensor): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const { bend, why } = of(node);
    if (bend === "constant" || bend === "affine") return;
    for (const input of node.inputs) visit(input);
    // What only moves or adds up its operand passes the operand's reason on.
    if (why !== undefined && node.inputs.every((input) => of(input).why !== why))
      sentences.add(`${describe(node)}: ${why}`);
  };
  visit(output);
  const { bend } = of(output);
  const whole = isFlat(of(output))
    ? `the whole is ${bend}`
    : `sums of ${bend} functions, and their positive multiples, are ${bend}`;
  return [...sentences, whole];
}

/** The first node of which nothing is known although all is of its operands. */
function blame({ nodes }: Program, of: (node: Tensor) => Fact): string {
  const known = (f: Fact): boolean => isConvex(f) || isConcave(f);
  const culprit = nodes.find(
    (node) => !known(of(node)) && node.inputs.every((input) => known(of(input))),
  );
  if (culprit === undefined) return "no rule covers it";
  const operands = culprit.inputs.map((input) => articled(of(input).bend));
  return `${describe(culprit)} of ${operands.join(" and ")} value: no rule says how it bends`;
}

const describe = ({ op, shape }: Tensor): string => `${op} ${formatShape(shape)}`;
const articled = (bend: string): string => `${bend === "affine" ? "an" : "a"} ${bend}`;
