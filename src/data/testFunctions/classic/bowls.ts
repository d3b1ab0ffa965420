import { mul, sub } from "../../../array/operations/elementwise.ts";
import { concat } from "../../../array/operations/shaping.ts";
import { range, repeated, type TestFunction } from "../testFunction.ts";
import { classic, classicOf } from "./classic.ts";

/** Functions with one basin, some of them bent or flat, that ask for few and good steps. */
export const bowls: readonly TestFunction[] = [
  classicOf((n) => ({
    key: "sphere",
    name: "Sphere",
    domain: [-5.12, 5.12],
    f: (x) => x.square().sum(),
    minima: [{ value: 0, x: repeated(n, 0) }],
  })),
  classicOf((n) => ({
    key: "sum-squares",
    name: "Sum of squares",
    domain: [-10, 10],
    f: (x) => x.square().mul(range(1, n)).sum(),
    minima: [{ value: 0, x: repeated(n, 0) }],
  })),
  classicOf((n) => {
    const residuals: TestFunction["residuals"] = (x) => {
      const [left, right] = [x.slice([0, -1]), x.slice([1])];
      return concat([right.sub(left.square()).mul(10), sub(1, left)]);
    };
    return {
      key: "rosenbrock",
      name: "Rosenbrock",
      domain: [-5, 10],
      start: repeated(n, -1.2, 1),
      residuals,
      f: (x) => residuals(x).square().sum(),
      minima: [{ value: 0, x: repeated(n, 1) }],
      ...(n > 3 ? { note: "has a second minimum near (−1, 1, …, 1)" } : {}),
    };
  }, 2),
  classicOf((n) => ({
    key: "zakharov",
    name: "Zakharov",
    domain: [-5, 10],
    f: (x) => {
      const tilt = x.mul(range(1, n)).sum().mul(0.5).square();
      return x.square().sum().add(tilt).add(tilt.square());
    },
    minima: [{ value: 0, x: repeated(n, 0) }],
  })),
  classicOf((n) => {
    const valley = range(1, n).map((i) => 2 ** (2 ** (1 - i) - 1));
    return {
      key: "dixon-price",
      name: "Dixon–Price",
      domain: [-10, 10],
      f: (x) => {
        const links = x
          .slice([1])
          .square()
          .mul(2)
          .sub(x.slice([0, -1]));
        return x
          .at(0)
          .sub(1)
          .square()
          .add(links.square().mul(range(2, n)).sum());
      },
      minima: [
        { value: 0, x: valley },
        { value: 0, x: valley.with(-1, -(valley.at(-1) ?? 0)) },
      ],
    };
  }, 2),
  classicOf(
    (n) => ({
      key: "trid",
      name: "Trid",
      domain: [-n * n, n * n],
      f: (x) =>
        x
          .sub(1)
          .square()
          .sum()
          .sub(
            x
              .slice([1])
              .mul(x.slice([0, -1]))
              .sum(),
          ),
      minima: [{ value: (-n * (n + 4) * (n - 1)) / 6, x: range(1, n).map((i) => i * (n + 1 - i)) }],
    }),
    2,
  ),
  classic(2, {
    key: "booth",
    name: "Booth",
    domain: [-10, 10],
    f: (x) => {
      const [x1, x2] = [x.at(0), x.at(1)];
      const first = x1.add(x2.mul(2)).sub(7);
      return first.square().add(x1.mul(2).add(x2).sub(5).square());
    },
    minima: [{ value: 0, x: [1, 3] }],
  }),
  classic(2, {
    key: "matyas",
    name: "Matyas",
    domain: [-10, 10],
    f: (x) => x.square().sum().mul(0.26).sub(x.prod().mul(0.48)),
    minima: [{ value: 0, x: [0, 0] }],
  }),
  classic(4, {
    key: "colville",
    name: "Colville",
    domain: [-10, 10],
    start: [-3, -1, -3, -1],
    f: (x) => {
      const [x1, x2, x3, x4] = [x.at(0), x.at(1), x.at(2), x.at(3)];
      const valleys = x1
        .square()
        .sub(x2)
        .square()
        .mul(100)
        .add(x3.square().sub(x4).square().mul(90));
      const [p, q] = [x2.sub(1), x4.sub(1)];
      const bowl = x1.sub(1).square().add(x3.sub(1).square());
      const tie = p.square().add(q.square()).mul(10.1).add(mul(p, q).mul(19.8));
      return valleys.add(bowl).add(tie);
    },
    minima: [{ value: 0, x: [1, 1, 1, 1] }],
    note: "equal to Wood's function",
  }),
];
