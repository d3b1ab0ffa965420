import { describe, expect, test } from "vitest";
import { customDerivative, stopGradient } from "../array/operations/derivative.ts";
import {
  cos,
  erf,
  exp,
  log,
  pow,
  sigmoid,
  sin,
  softplus,
  tanh,
  where,
} from "../array/operations/elementwise.ts";
import { sort, topK } from "../array/operations/indexing.ts";
import { logSoftmax, logSumExp, max, sum } from "../array/operations/reduction.ts";
import { finish, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { jit } from "../runtime/jit.ts";
import { differentiate, gnvp, grad, hvp, jvp, valueAndGrad, vjp } from "./grad.ts";

type Scalar = (x: Tensor) => Tensor;

/** The n-th derivative of a function of one number, at a number. */
function nth(f: Scalar, n: number, x: number): number {
  let derivative = f;
  for (let i = 0; i < n; i++) derivative = grad(derivative);
  return jit(derivative)(x).item();
}

describe("derivatives of any order, against closed forms", () => {
  const x = 0.7;
  const e = Math.exp(x * x);
  const s = 1 / (1 + Math.exp(-x));
  const t = Math.tanh(x);
  const gauss = (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
  test.for<readonly [string, Scalar, readonly number[]]>([
    ["sin", sin, [Math.sin(x), Math.cos(x), -Math.sin(x), -Math.cos(x), Math.sin(x), Math.cos(x)]],
    [
      "exp of x²",
      (y) => exp(y.mul(y)),
      [
        e,
        2 * x * e,
        (2 + 4 * x ** 2) * e,
        (12 * x + 8 * x ** 3) * e,
        (12 + 48 * x ** 2 + 16 * x ** 4) * e,
      ],
    ],
    ["log", log, [Math.log(x), 1 / x, -1 / x ** 2, 2 / x ** 3, -6 / x ** 4]],
    ["1/x", (y) => y.reciprocal(), [1 / x, -1 / x ** 2, 2 / x ** 3, -6 / x ** 4, 24 / x ** 5]],
    ["√x", (y) => y.sqrt(), [x ** 0.5, 0.5 * x ** -0.5, -0.25 * x ** -1.5, 0.375 * x ** -2.5]],
    ["x³", (y) => pow(y, 3), [x ** 3, 3 * x ** 2, 6 * x, 6, 0]],
    ["x^2.5", (y) => pow(y, 2.5), [x ** 2.5, 2.5 * x ** 1.5, 3.75 * x ** 0.5, 1.875 * x ** -0.5]],
    ["2ˣ", (y) => pow(2, y), [0, 1, 2, 3].map((n) => Math.LN2 ** n * 2 ** x)],
    [
      "xˣ",
      (y) => pow(y, y),
      [x ** x, x ** x * (Math.log(x) + 1), x ** x * ((Math.log(x) + 1) ** 2 + 1 / x)],
    ],
    [
      "sigmoid",
      sigmoid,
      [s, s * (1 - s), s * (1 - s) * (1 - 2 * s), s * (1 - s) * (1 - 6 * s + 6 * s * s)],
    ],
    ["softplus", softplus, [Math.log1p(Math.exp(x)), s, s * (1 - s), s * (1 - s) * (1 - 2 * s)]],
    ["tanh", tanh, [t, 1 - t * t, -2 * t * (1 - t * t), (1 - t * t) * (6 * t * t - 2)]],
    ["erf", erf, [0.6778011938, gauss, -2 * x * gauss, (4 * x * x - 2) * gauss]],
    ["|x|", (y) => y.abs(), [x, 1, 0]],
    ["a constant", (y) => y.mul(0).add(3), [3, 0, 0]],
  ])("%s", ([, f, expected]) => {
    expected.forEach((value, n) => {
      expect(nth(f, n, x), `derivative ${n}`).toBeCloseTo(value, 9);
    });
  });

  test("at 0, where branches meet", () => {
    expect([1, 2, 3].map((n) => nth(softplus, n, 0))).toEqual([0.5, 0.25, expect.closeTo(0, 15)]);
    expect(nth((x) => x.abs(), 1, 0)).toBe(0);
    expect(nth((x) => x.relu(), 1, 0)).toBe(0);
    expect(nth((x) => x.maximum(0), 1, 0)).toBe(0.5);
    expect(nth((x) => pow(x, 2), 1, 0)).toBe(0);
    expect(nth((x) => pow(x, 1.5), 1, 0)).toBe(0);
    expect(nth((x) => pow(x, 3), 2, 0)).toBe(0);
    expect(nth((x) => pow(x.add(0), x.mul(0)), 1, 0)).toBe(0);
    expect(nth((x) => x.sqrt(), 1, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  test("a branch not taken by where does not poison the other", () => {
    const safe: Scalar = (x) => where(x.greater(0), where(x.greater(0), x, 1).log(), 0);
    expect(nth(safe, 1, -1)).toBe(0);
    expect(nth(safe, 2, 2)).toBe(-0.25);
  });
});

describe("nesting does not confuse one variable with another", () => {
  test("d/dx (x · d/dy (x + y)) is 1", () => {
    const f: Scalar = (x) => x.mul(grad((y: Tensor) => x.add(y))(x.mul(0).add(1)));
    expect(nth(f, 1, 3)).toBe(1);
    expect(nth((x) => x.mul(grad((y: Tensor) => x.add(y))(x)), 1, 3)).toBe(1); // at y = x too
    expect(nth((x) => x.mul(grad((y: Tensor) => x.mul(y))(x)), 1, 3)).toBe(6); // x · x
  });

  test("the same in forward mode, and with the modes mixed", () => {
    const forward: Scalar = (x) => x.mul(jvp((y: Tensor) => x.add(y), x, x.mul(0).add(1)).tangent);
    const slope = jit((x: Tensor) => jvp(forward, x, x.mul(0).add(1)).tangent);
    expect(slope(3).item()).toBe(1);
    expect(nth(forward, 1, 3)).toBe(1);
  });

  test("an inner derivative may close over the outer variable", () => {
    // f(x) = ∂/∂y (x²y³) at y = x is 3x⁴; f' = 12x³.
    const f: Scalar = (x) => grad((y: Tensor) => x.mul(x).mul(pow(y, 3)))(x);
    expect(nth(f, 0, 2)).toBe(48);
    expect(nth(f, 1, 2)).toBe(96);
  });

  test("three deep", () => {
    // ∂/∂z (xyz) = xy; ∂/∂y (y · xy) at y = x: 2x²; derivative 4x.
    const f: Scalar = (x) => grad((y: Tensor) => y.mul(grad((z: Tensor) => x.mul(y).mul(z))(x)))(x);
    expect(nth(f, 0, 5)).toBe(50);
    expect(nth(f, 1, 5)).toBe(20);
  });

  test("a value computed outside is a constant inside", () => {
    const f: Scalar = (x) => {
      const outside = x.mul(x);
      return grad((y: Tensor) => outside.mul(y))(x); // x², not 3x²
    };
    expect(nth(f, 0, 3)).toBe(9);
    expect(nth(f, 1, 3)).toBe(6);
  });
});

describe("trees", () => {
  const params = {
    layers: [
      { w: [[1, 2]], b: [3] },
      { w: [[4]], b: [5] },
    ],
    scale: 2,
  };
  type Params = {
    readonly layers: readonly { readonly w: Tensor; readonly b: Tensor }[];
    readonly scale: Tensor;
  };

  test("a gradient has the structure of the params", () => {
    const f = (p: Params) =>
      p.layers
        .map(({ w, b }) => w.mul(w).sum().add(b.sum()))
        .reduce((a, b) => a.add(b))
        .mul(p.scale);
    const { value, gradient } = jit(valueAndGrad(f))(params);
    expect(value.item()).toBe(58);
    expect(gradient.scale.toArray()).toBe(29);
    expect(gradient.layers.map(({ w, b }) => [w.toArray(), b.toArray()])).toEqual([
      [[[4, 8]], [2]],
      [[[16]], [2]],
    ]);
  });

  test("what is not used has gradient 0, of its shape and dtype", () => {
    const g = jit(grad((p: { a: Tensor; b: Tensor }) => p.a.sum()))({
      a: [1, 2],
      b: Float32Array.of(1, 2, 3),
    });
    expect(g.b).toMatchObject({ shape: [3], dtype: "f32", data: Float32Array.of(0, 0, 0) });
    expect(g.a.toArray()).toEqual([1, 1]);
  });

  test("further arguments are held", () => {
    const f = (w: Tensor, x: Tensor, y: Tensor) => w.mul(x).sub(y).square().sum();
    expect(jit(grad(f))([2], [3], [5]).toArray()).toEqual([6]);
  });

  test("differentiate gives back what else was computed", () => {
    const f = jit((x: Tensor) =>
      differentiate(x, (y) => ({ value: y.mul(y).sum(), aux: { double: y.mul(2) } })),
    );
    const { value, gradient, aux } = f([1, 2]);
    expect([value.item(), gradient.toArray(), aux.double.toArray()]).toEqual([5, [2, 4], [2, 4]]);
  });

  test("a scalar of shape [1] will do as a value", () => {
    expect(jit(grad((x: Tensor) => x.mul(x)))([3]).toArray()).toEqual([6]);
  });
});

describe("vjp, jvp, hvp", () => {
  const f = (x: { a: Tensor; b: Tensor }) => [x.a.mul(x.b), sin(x.a)] as const;
  const x = { a: [1, 2], b: [3, 4] };

  test("vjp pulls cotangents back, as often as asked", () => {
    const run = jit((p: { a: Tensor; b: Tensor }, u: Tensor) => {
      const { value, pull } = vjp(f, p);
      return { value, first: pull([u, u.mul(0)]), second: pull([u.mul(0), u]) };
    });
    const { value, first, second } = run(x, [1, 10]);
    expect(value[0].toArray()).toEqual([3, 8]);
    expect([first.a.toArray(), first.b.toArray()]).toEqual([
      [3, 40],
      [1, 20],
    ]);
    expect(second.a.toArray()).toEqual([Math.cos(1), expect.closeTo(10 * Math.cos(2), 14)]);
    expect(second.b.toArray()).toEqual([0, 0]);
  });

  test("jvp pushes tangents forward", () => {
    const run = jit((p: { a: Tensor; b: Tensor }, v: { a: Tensor; b: Tensor }) => jvp(f, p, v));
    const { tangent } = run(x, { a: [1, 0], b: [0, 1] });
    expect(tangent[0].toArray()).toEqual([3, 2]);
    expect(tangent[1].toArray()).toEqual([Math.cos(1), expect.closeTo(0, 15)]);
  });

  test("jvp through indices, maxima and stops", () => {
    const g = (y: Tensor) => y.take([1, 1]).add(max(y)).add(stopGradient(y).at(0));
    const run = jit((y: Tensor, v: Tensor) => jvp(g, y, v).tangent);
    expect(run([5, 2], [1, 10]).toArray()).toEqual([11, 11]);
  });

  test("hvp is the Hessian times a direction", () => {
    // f = x₀²x₁ + sin x₁: H = [[2x₁, 2x₀], [2x₀, −sin x₁]].
    const g = (y: Tensor) =>
      y
        .at(0)
        .square()
        .mul(y.at(1))
        .add(sin(y.at(1)));
    const run = jit((y: Tensor, v: Tensor) => hvp(g, y, v));
    expect(run([3, 1], [1, 0]).toArray()).toEqual([2, 6]);
    expect(run([3, 1], [0, 1]).toArray()).toEqual([6, -Math.sin(1)]);
    const linear = jit((y: Tensor, v: Tensor) => hvp((z: Tensor) => z.sum(), y, v));
    expect(linear([3, 1], [1, 1]).toArray()).toEqual([0, 0]);
  });

  test("hvp of a tree joins what its leaves share", () => {
    // f = a²b + b³: H = [[2b, 2a], [2a, 6b]].
    type Pair = { readonly a: Tensor; readonly b: Tensor };
    const g = ({ a, b }: Pair) => a.square().mul(b).add(pow(b, 3));
    const run = jit((p: Pair, v: Pair) => hvp(g, p, v));
    const product = run({ a: 3, b: 1 }, { a: 10, b: 1 });
    expect([product.a.item(), product.b.item()]).toEqual([2 * 10 + 6, 6 * 10 + 6]);
  });

  test("a gradient of a Hessian-vector product is a third derivative", () => {
    const cube = (y: Tensor) => pow(y, 3).sum();
    const run = jit((y: Tensor, v: Tensor) => grad((z: Tensor) => hvp(cube, z, v).mul(v).sum())(y));
    expect(run([1, 2], [1, 10]).toArray()).toEqual([6, 600]); // 6v²
  });

  test("an hvp costs little more than twice the gradient's operations", () => {
    const g = (w: Tensor) => tanh(w.matmul(w)).square().sum();
    const products = (f: (w: Tensor, v: Tensor) => Tensor): number => {
      const aval = { shape: [4, 4], dtype: "f64" } as const;
      const { nodes } = finish(record([aval, aval], (w, v) => [f(w!, v!)]));
      return nodes.filter(({ op }) => op === "dot").length;
    };
    expect(products((w) => grad(g)(w))).toBe(3);
    expect(products((w, v) => hvp(g, w, v))).toBe(3 + 4);
  });
});

describe("gnvp", () => {
  const a = [
    [1, 2, 0],
    [0, 1, -1],
  ];

  test("is JᵀHJv, made from its parts", () => {
    const model = (x: Tensor) => tanh(x.matmul(a.map((row) => row)));
    const loss = (y: Tensor) => exp(y).sum();
    const [x, v] = [
      [0.3, -0.2],
      [1, 2],
    ] as const;
    const found = jit((p: Tensor, d: Tensor) => gnvp(model, loss, p, d))(x, v).toArray();
    const y = [0, 1, 2].map((j) => Math.tanh(x[0] * a[0]![j]! + x[1] * a[1]![j]!));
    const jacobian = y.map((yj, j) => [0, 1].map((i) => (1 - yj * yj) * a[i]![j]!));
    const hjv = y.map(
      (yj, j) => Math.exp(yj) * (jacobian[j]![0]! * v[0] + jacobian[j]![1]! * v[1]),
    );
    const wanted = [0, 1].map((i) => hjv.reduce((s, value, j) => s + jacobian[j]![i]! * value, 0));
    expect(found).toEqual(wanted.map((value) => expect.closeTo(value, 13)));
  });

  test("of softmax regression is the Hessian, the model being linear", () => {
    const loss = (y: Tensor) => logSoftmax(y).at(1).neg();
    const model = (x: Tensor) => x.matmul(a);
    const both = jit((x: Tensor, v: Tensor) => [
      gnvp(model, loss, x, v),
      hvp((p: Tensor) => loss(model(p)), x, v),
    ]);
    const [gauss, hessian] = both([0.5, -1], [1, 2]);
    expect(gauss!.toArray()).toEqual(
      Array.from(hessian!.data, (value) => expect.closeTo(value, 14)),
    );
  });
});

describe("customDerivative and stopGradient", () => {
  test("the rule replaces the derivative, at every order", () => {
    const clipped = customDerivative(
      (x) => sin(x!),
      ([x], _value, cotangent) => [cotangent.mul(cos(x!).mul(2))], // twice the truth
    );
    expect(nth((x) => clipped(x), 0, 1)).toBe(Math.sin(1));
    expect(nth((x) => clipped(x), 1, 1)).toBeCloseTo(2 * Math.cos(1), 15);
    expect(nth((x) => clipped(x), 2, 1)).toBeCloseTo(-2 * Math.sin(1), 15);
    const forward = jit((x: Tensor) => jvp((y: Tensor) => clipped(y), x, x.mul(0).add(3)).tangent);
    expect(forward(1).item()).toBeCloseTo(6 * Math.cos(1), 14);
  });

  test("the rule may use the result, and leave an argument without a derivative", () => {
    const f = customDerivative(
      (x, y) => exp(x!).mul(y!),
      (_inputs, value, cotangent) => [cotangent.mul(value), undefined],
    );
    const g = jit(grad((p: { x: Tensor; y: Tensor }) => f(p.x, p.y)))({ x: 1, y: 2 });
    expect(g.x.item()).toBeCloseTo(2 * Math.E, 14);
    expect(g.y.item()).toBe(0);
  });

  test("stopGradient holds a value constant", () => {
    expect(nth((x) => x.mul(stopGradient(x)), 1, 3)).toBe(3);
    expect(nth((x) => x.mul(stopGradient(x.mul(2))), 2, 3)).toBe(0);
    const straightThrough: Scalar = (x) => x.add(stopGradient(x.round().sub(x)));
    expect([0, 1].map((n) => nth(straightThrough, n, 2.7))).toEqual([3, 1]);
  });
});

describe("ties, masks and orders", () => {
  const slope = (f: (x: Tensor) => Tensor, x: readonly number[] | readonly (readonly number[])[]) =>
    jit(grad(f))(x).toArray();

  test("tied maxima share the derivative equally", () => {
    expect(slope((x) => max(x), [1, 3, 3])).toEqual([0, 0.5, 0.5]);
    expect(
      slope(
        (x) => max(x, { axis: 0 }).sum(),
        [
          [2, 1],
          [2, 5],
        ],
      ),
    ).toEqual([
      [0.5, 0],
      [0.5, 1],
    ]);
    expect(slope((x) => x.at(0).maximum(x.at(1)), [2, 2])).toEqual([0.5, 0.5]);
    expect(slope((x) => x.min(), [1, 1, 4])).toEqual([0.5, 0.5, 0]);
  });

  test("the derivative of a sorted array goes back to where its elements were", () => {
    expect(slope((x) => sort(x).mul([1, 10, 100]).sum(), [3, 1, 2])).toEqual([100, 1, 10]);
    expect(slope((x) => topK(x, 2).values.mul([1, 10]).sum(), [3, 1, 2])).toEqual([1, 0, 10]);
  });

  test("logits of −∞ have no share and no derivative", () => {
    const x = [0, Number.NEGATIVE_INFINITY, 0];
    expect(slope((y) => logSoftmax(y).at(0), x)).toEqual([0.5, 0, -0.5]);
    expect(slope((y) => logSumExp(y), x)).toEqual([0.5, 0, 0.5]);
  });

  test("single precision gives the same derivatives, where values are read in place too", () => {
    const x = Float32Array.from({ length: 40 }, (_, i) => 0.1 + i / 7);
    const f = (y: Tensor) => max(exp(y.mul(0.1)).mul(y));
    const found = jit(grad(f))(x);
    expect(found.data.slice(0, -1)).toEqual(new Float32Array(39));
    const last = x[39]!;
    expect(found.data[39]).toBeCloseTo(Math.exp(0.1 * last) * (1 + 0.1 * last), 3);
  });
});

test("shared work is done once", () => {
  const program = jit((x: Tensor) => {
    const y = exp(x);
    return [sum(y.mul(y)), grad((z: Tensor) => exp(z).square().sum())(x)];
  });
  const [value, slope] = program([0, Math.log(2)]);
  expect(value!.item()).toBeCloseTo(5, 14);
  expect(slope!.toArray()).toEqual([2, expect.closeTo(8, 14)]);
});
