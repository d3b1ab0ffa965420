import { mul, sub } from "../../../array/operations/elementwise.ts";
import { range, repeated, type TestFunction } from "../testFunction.ts";
import { classicOf, length, root } from "./classic.ts";

const twoPi = 2 * Math.PI;

/** Where −sin x · sin²⁰(i x²/π) is least on [0, π], for i = 1, 2, …: in 50 digits, by search and section. */
const michalewiczMinima = [
  { x: 2.2029055201726093, value: -0.8013034100985525 },
  { x: 1.5707963267948966, value: -1 },
  { x: 1.2849915705529245, value: -0.9590912698960059 },
  { x: 1.9230584698663629, value: -0.9384624184720834 },
  { x: 1.7204697725658413, value: -0.9888010806215044 },
  { x: 1.5707963267948966, value: -1 },
  { x: 1.454413971362379, value: -0.9932271353558816 },
  { x: 1.7560865209450263, value: -0.9828720362722106 },
  { x: 1.6557174168210291, value: -0.9963943649251029 },
  { x: 1.5707963267948966, value: -1 },
];

/** Functions of any number of unknowns with very many minima. */
export const rugged: readonly TestFunction[] = [
  classicOf((n) => ({
    key: "rastrigin",
    name: "Rastrigin",
    domain: [-5.12, 5.12],
    f: (x) =>
      x
        .square()
        .sub(x.mul(twoPi).cos().mul(10))
        .sum()
        .add(10 * n),
    minima: [{ value: 0, x: repeated(n, 0) }],
  })),
  classicOf((n) => ({
    key: "ackley",
    name: "Ackley",
    domain: [-32.768, 32.768],
    f: (x) => {
      const cone = root(x.square().mean()).mul(-0.2).exp().mul(-20);
      return cone.sub(x.mul(twoPi).cos().mean().exp()).add(20 + Math.E);
    },
    minima: [{ value: 0, x: repeated(n, 0) }],
    note: "pointed at its minimum: not differentiable there",
  })),
  classicOf((n) => ({
    key: "griewank",
    name: "Griewank",
    domain: [-600, 600],
    f: (x) => {
      const waves = x.mul(range(1, n).map((i) => 1 / Math.sqrt(i))).cos();
      return x.square().sum().div(4000).sub(waves.prod()).add(1);
    },
    minima: [{ value: 0, x: repeated(n, 0) }],
  })),
  classicOf((n) => ({
    key: "levy",
    name: "Levy",
    domain: [-10, 10],
    f: (x) => {
      const w = x.sub(1).mul(0.25).add(1);
      const inner = w.slice([0, -1]);
      const waves = inner.mul(Math.PI).add(1).sin().square().mul(10).add(1);
      const last = w.at(-1);
      return w
        .at(0)
        .mul(Math.PI)
        .sin()
        .square()
        .add(inner.sub(1).square().mul(waves).sum())
        .add(last.sub(1).square().mul(last.mul(twoPi).sin().square().add(1)));
    },
    minima: [{ value: 0, x: repeated(n, 1) }],
  })),
  classicOf((n) => ({
    key: "styblinski-tang",
    name: "Styblinski–Tang",
    domain: [-5, 5],
    f: (x) => {
      const square = x.square();
      return square.mul(square.sub(16)).add(x.mul(5)).sum().mul(0.5);
    },
    minima: [{ value: -39.16616570377141 * n, x: repeated(n, -2.9035340277711774) }],
  })),
  classicOf((n) => ({
    key: "schwefel",
    name: "Schwefel",
    domain: [-500, 500],
    // Many texts round the constant to 418.9829.
    f: (x) => sub(418.9828872724338 * n, x.mul(root(x.abs()).sin()).sum()),
    minima: [{ value: 0, x: repeated(n, 420.968746359982) }],
    unboundedBelow: true,
  })),
  classicOf((n) => {
    const known = michalewiczMinima.slice(0, n);
    const value = known.reduce((sum, part) => sum + part.value, 0);
    return {
      key: "michalewicz",
      name: "Michalewicz",
      domain: [0, Math.PI],
      f: (x) => {
        const ridges = x
          .square()
          .mul(range(1, n).map((i) => i / Math.PI))
          .sin();
        return mul(x.sin(), ridges.pow(20)).sum().neg();
      },
      minima: known.length < n ? [] : [{ value, x: known.map((part) => part.x) }],
    };
  }),
  classicOf((n) => ({
    key: "alpine1",
    name: "Alpine 1",
    domain: [-10, 10],
    f: (x) => mul(x, x.sin().add(0.1)).abs().sum(),
    minima: [{ value: 0, x: repeated(n, 0), note: "one of many: each xᵢ is 0 or sin xᵢ is −0.1" }],
    note: "not differentiable at its minima",
  })),
  classicOf((n) => ({
    key: "salomon",
    name: "Salomon",
    domain: [-100, 100],
    f: (x) => {
      const radius = length(x);
      return sub(1, radius.mul(twoPi).cos()).add(radius.mul(0.1));
    },
    minima: [{ value: 0, x: repeated(n, 0) }],
    note: "pointed at its minimum: not differentiable there",
  })),
];
