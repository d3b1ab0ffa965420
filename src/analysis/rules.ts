import type { Tensor } from "../array/tensor.ts";
import {
  addDegrees,
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
import { huberOf, isSumOfOwnSquares, shiftedLogSumExp } from "./patterns.ts";
import {
  addRanges,
  divRanges,
  everything,
  hull,
  increasing,
  mulRanges,
  negRange,
  type Range,
  squareRange,
} from "./range.ts";

/** The fact of a node from those of its operands; `of` looks any earlier node up. */
export type FactRule = (
  node: Tensor,
  operands: readonly Fact[],
  of: (node: Tensor) => Fact,
) => Fact;

const nonnegative: Range = { lo: 0, hi: Number.POSITIVE_INFINITY };

/** The same number times all: the sign of a constant keeps or turns the bend. */
function scaled(x: Fact, by: Range): Bend {
  if (isFlat(x)) return x.bend;
  if (by.lo >= 0) return x.bend;
  return by.hi <= 0 ? flipBend(x.bend) : "unknown";
}

/** x times a constant array, elementwise or contracted: `times` is how many products are added up. */
function timesConstant(x: Fact, constant: Fact, times = 1): Fact {
  const range = repeatedSum(mulRanges(x.range, constant.range), times);
  const keeps = constant.range.lo >= 0;
  return fact({
    bend: scaled(x, constant.range),
    range,
    degree: x.degree,
    squares: keeps && x.squares,
    logConvex: constant.range.lo > 0 && x.logConvex,
  });
}

/** The range of a sum of `count` numbers of a range. */
const repeatedSum = ({ lo, hi }: Range, count: number): Range =>
  count === 1 ? { lo, hi } : mulRanges({ lo, hi }, { lo: count, hi: count });

/** Squares, elementwise or added up. */
function squared(x: Fact, times: number): Fact {
  const bends =
    isFlat(x) ||
    (x.bend === "convex" && x.range.lo >= 0) ||
    (x.bend === "concave" && x.range.hi <= 0);
  const bend = x.bend === "constant" ? "constant" : bends ? "convex" : "unknown";
  return fact({
    bend,
    range: repeatedSum(squareRange(x.range), times),
    degree: addDegrees(x, x),
    squares: isFlat(x) || (x.bend === "convex" && x.range.lo >= 0),
    logConvex: x.logConvex,
    why: isFlat(x)
      ? "the square of an affine function is convex"
      : "the square increases where its argument, a convex function, is nonnegative",
  });
}

const add: FactRule = ({ inputs: [left, right] }, [a, b], of) => {
  const range = addRanges(a!.range, b!.range);
  const base = {
    range,
    degree: maxDegree([a!, b!]),
    squares: a!.squares && b!.squares,
    logConvex: a!.logConvex && b!.logConvex,
  };
  const x = shiftedLogSumExp(left!, right!) ?? shiftedLogSumExp(right!, left!);
  if (x !== undefined && isConvex(of(x)) && of(x).bend !== "constant") {
    return fact({
      ...base,
      bend: "convex",
      why: "log Σ exp is convex, and increases in each argument",
    });
  }
  return fact({ ...base, bend: joinBends([a!.bend, b!.bend]) });
};

const mul: FactRule = ({ inputs: [left, right] }, [a, b], of) => {
  if (left === right) return squared(a!, 1);
  if (b!.bend === "constant") return timesConstant(a!, b!);
  if (a!.bend === "constant") return timesConstant(b!, a!);
  const base = { range: mulRanges(a!.range, b!.range), degree: addDegrees(a!, b!) };
  const r = huberOf(left!, right!) ?? huberOf(right!, left!);
  if (r !== undefined && isFlat(of(r))) {
    const why = "Huber's function of an affine function is convex";
    return fact({ ...base, range: nonnegative, bend: "convex", why });
  }
  for (const [x, y, own] of [
    [left, right, a],
    [right, left, b],
  ] as const) {
    if (y!.op === "log" && y!.inputs[0] === x && isFlat(own!))
      return fact({ ...base, bend: "convex", why: "u·log u of an affine u is convex" });
    const isCube = y!.op === "mul" && y!.inputs[0] === x && y!.inputs[1] === x;
    if (isCube && isConvex(own!) && own!.range.lo >= 0)
      return fact({
        ...base,
        bend: "convex",
        why: "the cube is convex and increasing where its argument is nonnegative",
      });
  }
  return fact({
    ...base,
    logConvex: a!.logConvex && b!.logConvex,
    ...(a!.logConvex && b!.logConvex
      ? { bend: "convex", why: "a product of functions with convex logarithms is convex" }
      : {}),
  });
};

const div: FactRule = (_node, [a, b]) => {
  const range = divRanges(a!.range, b!.range);
  if (b!.bend === "constant") {
    const by = divRanges({ lo: 1, hi: 1 }, b!.range);
    return fact({
      ...{ bend: scaled(a!, by), range, degree: a!.degree },
      squares: by.lo > 0 && a!.squares,
      logConvex: by.lo > 0 && a!.logConvex,
    });
  }
  if (b!.range.lo > 0 && isConcave(b!)) {
    if (a!.bend === "constant" && a!.range.lo >= 0)
      return fact({
        range,
        bend: "convex",
        why: "a positive number over a positive concave function is convex",
      });
    if (a!.bend === "constant" && a!.range.hi <= 0)
      return fact({
        range,
        bend: "concave",
        why: "a negative number over a positive concave function is concave",
      });
    if (a!.squares)
      return fact({
        range,
        bend: "convex",
        why: "a sum of squares over a positive concave function is convex",
      });
  }
  return fact({ range });
};

const pow: FactRule = (_node, [base, exponent]) => {
  const { lo: p, hi } = exponent!.range;
  if (base!.bend === "constant" && exponent!.bend === "constant")
    return fact({ bend: "constant", degree: 0 });
  if (exponent!.bend === "constant" && p === hi) return power(base!, p);
  // aᵘ = exp(u·log a)
  if (base!.bend === "constant" && base!.range.lo > 0) {
    const grows =
      base!.range.lo >= 1
        ? isConvex(exponent!)
        : base!.range.hi <= 1
          ? isConcave(exponent!)
          : isFlat(exponent!);
    if (grows)
      return fact({
        bend: "convex",
        range: nonnegative,
        logConvex: true,
        why: "a positive number to an affine power is convex",
      });
  }
  return fact({});
};

/** xᵖ. Fractional powers are defined for x ≥ 0 alone (x > 0 below p = 0): that half-line is their domain. */
function power(x: Fact, p: number): Fact {
  const whole = Number.isInteger(p);
  const even = whole && p % 2 === 0;
  const range = even || !whole || x.range.lo >= 0 ? nonnegative : everything;
  const logConvex = x.logConvex && p > 0;
  const convex = (why: string): Fact => fact({ bend: "convex", range, logConvex, why });
  if (p >= 1 && (!whole || x.range.lo >= 0) && (x.range.lo >= 0 ? isConvex(x) : isFlat(x)))
    return convex("a power of at least 1 is convex, and increasing, on the nonnegative numbers");
  if (even && p > 0 && isFlat(x)) return convex("an even power of an affine function is convex");
  if (p > 0 && p < 1 && isConcave(x))
    return fact({
      bend: "concave",
      range,
      logConvex,
      why: "a power between 0 and 1 is concave, and increasing",
    });
  if (p < 0 && (!whole || x.range.lo > 0) && isConcave(x))
    return convex("a negative power is convex, and decreasing, on the positive numbers");
  return fact({ range, logConvex });
}

const sqrt: FactRule = (_node, [x]) => {
  const range = { lo: 0, hi: Math.sqrt(Math.max(0, x!.range.hi)) };
  if (x!.bend === "constant") return fact({ bend: "constant", range, degree: 0 });
  if (x!.squares)
    return fact({
      bend: "convex",
      range,
      why: "the root of a sum of squares of affine functions is a norm",
    });
  if (isConcave(x!))
    return fact({ bend: "concave", range, why: "the root is concave and increasing" });
  return fact({ range, logConvex: x!.logConvex });
};

const log: FactRule = (node, [x]) => {
  const shift = node.op === "log1p" ? 1 : 0;
  const range = increasing(x!.range, (at) => Math.log(Math.max(0, at + shift)));
  if (x!.bend === "constant") return fact({ bend: "constant", range, degree: 0 });
  if (isConcave(x!))
    return fact({ bend: "concave", range, why: "the logarithm is concave and increasing" });
  if (x!.logConvex)
    return fact({
      bend: "convex",
      range,
      why: "the logarithm of a sum of exponentials of convex functions is convex",
    });
  return fact({ range });
};

const exp: FactRule = (_node, [x]) => {
  const range = increasing(x!.range, Math.exp);
  if (x!.bend === "constant")
    return fact({ bend: "constant", range, degree: 0, logConvex: range.lo > 0 });
  return isConvex(x!)
    ? fact({ bend: "convex", range, logConvex: true, why: "exp is convex and increasing" })
    : fact({ range: { lo: Math.max(0, range.lo), hi: range.hi } });
};

const abs: FactRule = (_node, [x]) => {
  const { lo, hi } = x!.range;
  const range = { lo: lo >= 0 ? lo : hi <= 0 ? -hi : 0, hi: Math.max(-lo, hi) };
  if (x!.bend === "constant") return fact({ bend: "constant", range, degree: 0 });
  if (lo >= 0) return { ...x!, range };
  if (hi <= 0) return fact({ bend: flipBend(x!.bend), range, degree: x!.degree });
  return isFlat(x!)
    ? fact({ bend: "convex", range, why: "|u| of an affine u is convex" })
    : fact({ range });
};

/** Increasing functions that are convex up to 0 and concave from there on. */
const sigmoidal =
  (f: (x: number) => number): FactRule =>
  (_node, [x]) => {
    const range = increasing(x!.range, f);
    if (x!.bend === "constant") return fact({ bend: "constant", range, degree: 0 });
    if (x!.range.hi <= 0 && isConvex(x!))
      return fact({ bend: "convex", range, why: "convex and increasing up to 0" });
    if (x!.range.lo >= 0 && isConcave(x!))
      return fact({ bend: "concave", range, why: "concave and increasing from 0 on" });
    return fact({ range });
  };

const dot: FactRule = (node, [a, b]) => {
  const [left, right] = node.inputs;
  const list = (name: string): readonly number[] => node.attrs[name] as readonly number[]; // dot's own attributes
  const count = list("lhsContract").reduce((product, axis) => product * left!.shape[axis]!, 1);
  if (a!.bend !== "constant" && left === right && isSumOfOwnSquares(node))
    return squared(a!, count);
  if (b!.bend === "constant") return timesConstant(a!, b!, count);
  if (a!.bend === "constant") return timesConstant(b!, a!, count);
  return fact({
    range: repeatedSum(mulRanges(a!.range, b!.range), count),
    degree: addDegrees(a!, b!),
  });
};

const conv: FactRule = (node, [a, b]) => {
  const [, filter] = node.inputs;
  const count = filter!.shape.slice(1).reduce((product, length) => product * length, 1);
  // Padding adds zeros, so fewer products than `count` may be summed: 0 lies in the range.
  const fewer = (made: Fact): Fact =>
    fact({ ...made, range: hull([made.range, { lo: 0, hi: 0 }]), logConvex: false });
  if (b!.bend === "constant") return fewer(timesConstant(a!, b!, count));
  if (a!.bend === "constant") return fewer(timesConstant(b!, a!, count));
  return fact({ degree: addDegrees(a!, b!) });
};

const where: FactRule = (_node, [condition, a, b]) => {
  const range = hull([a!.range, b!.range]);
  const degree = maxDegree([a!, b!]);
  if (condition!.bend !== "constant") return fact({ range });
  return fact({
    ...{ bend: joinBends([a!.bend, b!.bend]), range, degree },
    squares: a!.squares && b!.squares,
    logConvex: a!.logConvex && b!.logConvex,
  });
};

/** Picks, repeats or moves elements, all of which have the bound's facts. */
const moved: FactRule = (_node, [x]) => x!;

const gather: FactRule = (_node, [x, indices]) =>
  indices!.bend === "constant" ? x! : fact({ range: x!.range });

const scatterAdd: FactRule = (_node, [indices, updates]) => {
  if (indices!.bend !== "constant") return fact({});
  const { lo, hi } = updates!.range;
  const range = {
    lo: lo >= 0 ? 0 : Number.NEGATIVE_INFINITY,
    hi: hi <= 0 ? 0 : Number.POSITIVE_INFINITY,
  };
  return fact({ bend: updates!.bend, range, degree: updates!.degree, squares: updates!.squares });
};

const concat: FactRule = (_node, operands) =>
  fact({
    bend: joinBends(operands.map(({ bend }) => bend)),
    range: hull(operands.map(({ range }) => range)),
    degree: maxDegree(operands),
    squares: operands.every(({ squares }) => squares),
    logConvex: operands.every(({ logConvex }) => logConvex),
  });

const pad: FactRule = (_node, [x]) => fact({ bend: x!.bend, range: everything, degree: x!.degree });

const reduceSum: FactRule = ({ inputs: [input], size }, [x]) => {
  const count = size === 0 ? 0 : input!.size / size;
  return { ...x!, range: repeatedSum(x!.range, count), logConvex: x!.logConvex && count > 0 };
};

const cumSum: FactRule = ({ inputs: [input], attrs }, [x]) => {
  const count = input!.shape[attrs["axis"] as number]!; // cumSum's own attribute
  return { ...x!, range: hull([x!.range, repeatedSum(x!.range, count)]) };
};

const extreme =
  (bend: "convex" | "concave", why: string): FactRule =>
  (_node, operands) => {
    const range =
      bend === "convex"
        ? {
            lo: Math.max(...operands.map((o) => o.range.lo)),
            hi: Math.max(...operands.map((o) => o.range.hi)),
          }
        : {
            lo: Math.min(...operands.map((o) => o.range.lo)),
            hi: Math.min(...operands.map((o) => o.range.hi)),
          };
    if (operands.every((o) => o.bend === "constant"))
      return fact({ bend: "constant", range, degree: 0 });
    const holds = operands.every(bend === "convex" ? isConvex : isConcave);
    const logConvex = bend === "convex" && operands.every((o) => o.logConvex);
    return holds ? fact({ bend, range, logConvex, why }) : fact({ range, logConvex });
  };

const relu: FactRule = (_node, [x]) => {
  const range = { lo: Math.max(0, x!.range.lo), hi: Math.max(0, x!.range.hi) };
  if (x!.bend === "constant") return fact({ bend: "constant", range, degree: 0 });
  if (x!.range.lo >= 0) return x!;
  return isConvex(x!)
    ? fact({ bend: "convex", range, why: "max(u, 0) of a convex u is convex" })
    : fact({ range });
};

const softplus: FactRule = (_node, [x]) => {
  const range = increasing(x!.range, (at) => Math.max(at, 0) + Math.log1p(Math.exp(-Math.abs(at))));
  if (x!.bend === "constant") return fact({ bend: "constant", range, degree: 0 });
  return isConvex(x!)
    ? fact({ bend: "convex", range, why: "log(1 + eᵘ) is convex and increasing" })
    : fact({ range });
};

const neg: FactRule = (_node, [x]) =>
  fact({ bend: flipBend(x!.bend), range: negRange(x!.range), degree: x!.degree });

const sub: FactRule = (_node, [a, b]) =>
  fact({
    bend: joinBends([a!.bend, flipBend(b!.bend)]),
    range: addRanges(a!.range, negRange(b!.range)),
    degree: maxDegree([a!, b!]),
  });

const cast: FactRule = ({ dtype, inputs: [input] }, [x]) =>
  (dtype === "f32" || dtype === "f64") && (input!.dtype === "f32" || input!.dtype === "f64")
    ? x!
    : fact({ range: dtype === "bool" ? { lo: 0, hi: 1 } : x!.range });

const within =
  (range: Range): FactRule =>
  () =>
    fact({ range });

const truth = within({ lo: 0, hi: 1 });

/** What depends on ranges, on an operand being the same as another, or on constants; all else follows the primitives' own rules. */
export const rules: Readonly<Record<string, FactRule>> = {
  ...{
    abs,
    add,
    cast,
    concat,
    conv,
    cumSum,
    div,
    dot,
    exp,
    gather,
    log,
    log1p: log,
    mul,
    neg,
    pad,
    pow,
  },
  ...{ reduceSum, relu, scatterAdd, softplus, sqrt, sub, where },
  ...{
    broadcastTo: moved,
    reshape: moved,
    reverse: moved,
    slice: moved,
    transpose: moved,
    alias: moved,
  },
  maximum: extreme("convex", "a maximum of convex functions is convex"),
  minimum: extreme("concave", "a minimum of concave functions is concave"),
  reduceMax: extreme("convex", "a maximum of convex functions is convex"),
  maxPool: extreme("convex", "a maximum of convex functions is convex"),
  sigmoid: sigmoidal((x) => 1 / (1 + Math.exp(-x))),
  tanh: sigmoidal(Math.tanh),
  erf: sigmoidal((x) => (x > 6 ? 1 : x < -6 ? -1 : x < 0 ? -1 : x > 0 ? 1 : 0)),
  atan: sigmoidal(Math.atan),
  ...{
    equal: truth,
    less: truth,
    lessEqual: truth,
    and: truth,
    or: truth,
    not: truth,
    step: truth,
  },
  sign: within({ lo: -1, hi: 1 }),
  sin: within({ lo: -1, hi: 1 }),
  cos: within({ lo: -1, hi: 1 }),
};
