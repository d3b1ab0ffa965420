import { describe, expect, test } from "vitest";
import { exp, sin } from "../array/operations/elementwise.ts";
import { concat } from "../array/operations/shaping.ts";
import { finish, type Program, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { jit } from "../runtime/jit.ts";
import { gnvp, grad, hvp } from "./grad.ts";
import { hessian, jacobian } from "./jacobian.ts";

describe("jacobian", () => {
  const wide = (x: Tensor) => concat([x, x.mul(x), sin(x)]); // two in, six out
  const narrow = (x: Tensor) => x.mul([1, 2, 3, 4, 5]).sum().expandDims(0); // five in, one out
  /** ∂fᵢ/∂xⱼ by hand. */
  const ofWide = ([a, b]: readonly [number, number]) => [
    [1, 0],
    [0, 1],
    [2 * a, 0],
    [0, 2 * b],
    [Math.cos(a), 0],
    [0, Math.cos(b)],
  ];

  test("has the result's axes first, then the argument's", () => {
    const { shape, data } = jit(jacobian(wide))([0.5, 2]);
    expect(shape).toEqual([6, 2]);
    expect(Array.from(data, (x) => x + 0)).toEqual(ofWide([0.5, 2]).flat()); // −0 as 0
    expect(jit(jacobian(narrow))([1, 1, 1, 1, 1]).toArray()).toEqual([[1, 2, 3, 4, 5]]);
    const matrix = jit(jacobian((x: Tensor) => x.transpose()))([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(matrix.shape).toEqual([3, 2, 2, 3]);
    // ∂(xᵀ)ᵢⱼ/∂xₖₗ is 1 where j = k and i = l.
    matrix.data.forEach((value, flat) => {
      const [i, j, k, l] = [
        Math.floor(flat / 12),
        Math.floor(flat / 6) % 2,
        Math.floor(flat / 3) % 2,
        flat % 3,
      ];
      expect(value).toBe(Number(j === k && i === l));
    });
  });

  test("of a number, or to a number", () => {
    expect(jit(jacobian((x: Tensor) => exp(x)))(0).toArray()).toBe(1);
    expect(jit(jacobian((x: Tensor) => x.sum()))([1, 2]).toArray()).toEqual([1, 1]);
    expect(jit(jacobian((x: Tensor) => x.mul([1, 2])))(3).toArray()).toEqual([1, 2]);
  });

  test("of trees: for each leaf of the result, a tree like the argument", () => {
    const f = (p: { a: Tensor; b: Tensor }) => ({ product: p.a.mul(p.b), sum: p.b.sum() });
    const j = jit(jacobian(f))({ a: 2, b: [3, 4] });
    expect(j.product.a.toArray()).toEqual([3, 4]);
    expect(j.product.b.toArray()).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect(j.sum.a.toArray()).toBe(0);
    expect(j.sum.b.toArray()).toEqual([1, 1]);
  });

  test("goes forward for few arguments and backward for few results", () => {
    // A chain of products with a square matrix costs one product for each sweep.
    const work = (program: Program): number =>
      program.nodes.filter(({ op }) => op === "dot").reduce((sum, { size }) => sum + size, 0);
    const trace = (size: number, f: (x: Tensor) => Tensor): Program =>
      finish(record([{ shape: [size], dtype: "f64" }], (x) => [jacobian(f)(x!)]));
    const m = (rows: number, columns: number): number[][] =>
      Array.from({ length: rows }, (_, i) =>
        Array.from({ length: columns }, (_, j) => Math.sin(i * 7 + j)),
      );
    const tall = trace(2, (x) => sin(sin(x.matmul(m(2, 30))).matmul(m(30, 40)))); // 2 → 30 → 40
    const flat = trace(40, (x) => sin(sin(x.matmul(m(40, 30))).matmul(m(30, 2)))); // 40 → 30 → 2
    expect(work(tall)).toBeLessThan(3 * 2 * (30 + 40));
    expect(work(flat)).toBeLessThan(3 * 2 * (30 + 40));
  });
});

describe("hessian", () => {
  // The Rosenbrock function: [[1200x² − 400y + 2, −400x], [−400x, 200]].
  const rosenbrock = (x: Tensor) => {
    const [a, b] = [x.at(0), x.at(1)];
    return b.sub(a.square()).square().mul(100).add(a.neg().add(1).square());
  };
  const at = ([x, y]: readonly [number, number]) => [
    [1200 * x * x - 400 * y + 2, -400 * x],
    [-400 * x, 200],
  ];

  test.for([
    [-1.2, 1],
    [1, 1],
    [0, 0],
  ] as const)("of Rosenbrock's function at %j", (x) => {
    const found = jit(hessian(rosenbrock))(x).toArray();
    expect(found).toEqual(at(x).map((row) => row.map((value) => expect.closeTo(value, 10))));
  });

  test("of a tree has a block for each pair of leaves", () => {
    const f = (p: { a: Tensor; b: Tensor }) => p.a.square().mul(p.b.sum());
    const h = jit(hessian(f))({ a: 3, b: [1, 2] });
    expect(h.a.a.toArray()).toBe(6);
    expect(h.a.b.toArray()).toEqual([6, 6]);
    expect(h.b.a.toArray()).toEqual([6, 6]);
    expect(h.b.b.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("its rows are Hessian-vector products, and it is symmetric", () => {
    const f = (x: Tensor) => exp(x.mul([1, -0.5, 0.3]).sum()).add(sin(x).prod());
    const x = [0.1, 0.7, -0.4];
    const h = jit(hessian(f))(x).data;
    for (const [i, v] of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ].entries()) {
      const row = jit((p: Tensor) => hvp(f, p, p.mul(0).add(v)))(x).data;
      row.forEach((value, j) => {
        expect(h[i * 3 + j]).toBeCloseTo(value, 14);
        expect(h[j * 3 + i]).toBeCloseTo(value, 14);
      });
    }
  });

  test("third derivatives are the Jacobian of the Hessian", () => {
    const f = (x: Tensor) => x.at(0).square().mul(x.at(1)); // f₀₀₁ = 2
    const third = jit(jacobian((x: Tensor) => hessian(f)(x)))([3, 5]).toArray();
    expect(third).toEqual([
      [
        [0, 2],
        [2, 0],
      ],
      [
        [2, 0],
        [0, 0],
      ],
    ]);
  });

  test("Gauss–Newton products are those with JᵀHJ", () => {
    const model = (x: Tensor) => concat([sin(x), x.mul(x).sum().expandDims(0)]);
    const loss = (y: Tensor) => y.square().mul([1, 2, 3]).sum().add(y.prod());
    const found = jit((x: Tensor, v: Tensor) => {
      const j = jacobian(model)(x);
      const h = hessian(loss)(model(x));
      return [
        gnvp(model, loss, x, v),
        j.transpose().matmul(h).matmul(j).matmul(v),
        grad(loss)(model(x)),
      ];
    })([0.3, -1], [1, 2]);
    found[0]!.data.forEach((value, i) => {
      expect(value).toBeCloseTo(found[1]!.data[i]!, 13);
    });
  });
});
