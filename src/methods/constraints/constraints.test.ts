import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../array/tensor.ts";
import { reducedCurvature } from "../../diagnosis/onSet.ts";
import { answer, type Vector } from "../../linalg/ask.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { numbersFrom } from "../../linalg/testing.ts";
import { distance, dot, norm } from "../../linalg/vector.ts";
import { jit } from "../../runtime/jit.ts";
import type { Constraint } from "./constraint.ts";
import golden from "./constraints.golden.json" with { type: "json" };
import * as sets from "./registry.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Each constraint of the registry on arrays that suit it. */
const examples: readonly (readonly [Constraint, readonly number[]])[] = [
  [
    sets.affine(
      [
        [1, 2, -1, 0],
        [0, 1, 1, 3],
        [1, 3, 0, 3],
      ],
      [1, 2, 3],
    ),
    [4],
  ],
  [sets.box([-0.5, 0, -1, 2], [0.5, 0.25, 3, 2]), [4]],
  [sets.halfspace([1, -2, 3, 0.5], 0.5), [4]],
  [sets.l1Ball(1.5), [4]],
  [sets.l2Ball(0.7), [4]],
  [sets.linfBall(0.4), [4]],
  [sets.nonnegative(), [4]],
  [sets.psd(), [3, 3]],
  [sets.rankAtMost(2), [4, 3]],
  [sets.simplex(2), [5]],
  [sets.sphere(1.3), [4]],
  [sets.stiefel(), [4, 2]],
];

const named = examples.map(([constraint, shape]) => [constraint.name, constraint, shape] as const);

test("covers every constraint of the registry", () => {
  const covered = examples.map(([{ name }]) => name.slice(0, name.indexOf("(")));
  expect(new Set(covered)).toEqual(new Set(Object.keys(sets)));
});

describe.each(named)("%s", (_name, constraint, shape) => {
  const set = constraint.within(shape, "x");
  const n = shape.reduce((a, b) => a * b, 1);
  const draw = (next: () => number, size = 2): Vector =>
    Float64Array.from({ length: n }, () => size * next());

  property.prop([seeds])("projects to the nearest point, once and for all", (seed) => {
    const next = numbersFrom(seed);
    const v = draw(next);
    const x = set.project(v);
    expect(set.residual(x)).toBeLessThan(1e-10);
    expect(distance(set.project(x), x)).toBeLessThan(1e-9);
    for (let k = 0; k < 5; k++) {
      // Far points and near ones.
      const near = x.map((xi, i) => xi + 10 ** -k * draw(next)[i]!);
      const y = set.project(near);
      expect(distance(v, x)).toBeLessThanOrEqual(distance(v, y) + 1e-9);
      if (!constraint.isConvex) continue;
      const angle = v.reduce((sum, vi, i) => sum + (vi - x[i]!) * (y[i]! - x[i]!), 0);
      expect(angle).toBeLessThanOrEqual(1e-9);
    }
  });

  property.prop([seeds])("minimizes linear functions, where it is bounded", (seed) => {
    if (set.linearMinimum === undefined || !constraint.isBounded) return;
    const next = numbersFrom(seed);
    const gradient = draw(next);
    const s = set.linearMinimum(gradient);
    expect(set.residual(s)).toBeLessThan(1e-10);
    for (let k = 0; k < 5; k++) {
      const y = set.project(draw(next, 4));
      expect(dot(gradient, s)).toBeLessThanOrEqual(dot(gradient, y) + 1e-10);
    }
  });

  property.prop([seeds])("projects the same in the array language, if it can", (seed) => {
    if (set.traced === undefined) return;
    const v = draw(numbersFrom(seed));
    const own = set.traced;
    const inside = jit((x: Tensor) => own(x.reshape(shape)).reshape([n]))(v);
    expect(distance(Float64Array.from(inside.data), set.project(v))).toBeLessThan(1e-12);
  });

  // Draws are fixed: near a corner of two faces, differences measure neither.
  property.prop([seeds], { seed: 1 })("knows where its faces lead, and how they bend", (seed) => {
    const next = numbersFrom(seed);
    const v = draw(next);
    const x = set.project(v);
    // A force that x is held against: −g points to v.
    const force = x.map((xi, i) => xi - v[i]!);
    expect(norm(set.projectedGradient(x, force))).toBeLessThan(1e-9);
    const face = set.face(x, force, 1e-9);
    if (face.touching.length > 0) return;
    let trace = 0;
    for (let i = 0; i < n; i++) {
      const unit = new Float64Array(n);
      unit[i] = 1;
      trace += face.tangent(unit)[i]!;
    }
    expect(trace).toBeCloseTo(face.dimension, 8);
    const tangent = face.tangent(draw(next));
    expect(distance(face.tangent(tangent), tangent)).toBeLessThan(1e-10);
    expect(Math.abs(dot(tangent, force))).toBeLessThan(1e-9);
    // ⟨force, P(x + tη)⟩ is constant to first order, and to second bends as the face says.
    const t = 1e-4 / Math.max(1, norm(tangent));
    const along = (side: number): number => {
      const moved = set.project(x.map((xi, i) => xi + side * t * tangent[i]!));
      return force.reduce((sum, fi, i) => sum + fi * (moved[i]! - x[i]!), 0);
    };
    const measured = (along(1) + along(-1)) / t ** 2;
    const said = face.bend === undefined ? 0 : dot(tangent, face.bend(tangent));
    expect(measured).toBeCloseTo(said, 2);
  });
});

describe("golden projections", () => {
  const setOf = (
    set: string,
    { radius, lo, hi }: { radius?: number; lo?: number[]; hi?: number[] },
  ) => {
    if (set === "simplex") return sets.simplex(radius);
    if (set === "l1Ball") return sets.l1Ball(radius);
    if (set === "l2Ball") return sets.l2Ball(radius);
    return sets.box(lo ?? [], hi ?? []);
  };
  test.for(golden.projections.map((entry, i) => [entry.set, i, entry] as const))(
    "%s, case %i",
    ([name, , entry]) => {
      const v = Float64Array.from(entry.v);
      const x = setOf(name, entry).within([v.length], "x").project(v);
      expect(distance(x, Float64Array.from(entry.x))).toBeLessThan(1e-9 * (1 + norm(x)));
    },
  );
});

describe("golden functions on the sphere", () => {
  /** −Σ(aₖᵀu)⁴ or −½uᵀAu. */
  const derivatives = (key: string, a: readonly (readonly number[])[], u: Vector) => {
    const n = u.length;
    const gradient = new Float64Array(n);
    const hessian = new Float64Array(n * n);
    for (let k = 0; k < n; k++) {
      const column = Float64Array.from({ length: n }, (_, i) => a[i]![k]!);
      const along = dot(column, u);
      for (let i = 0; i < n; i++) {
        const isTensor = key.startsWith("tensor");
        gradient[i] = gradient[i]! - (isTensor ? 4 * along ** 3 * column[i]! : a[i]![k]! * u[k]!);
        for (let j = 0; j < n; j++) {
          const second = isTensor
            ? 12 * along ** 2 * column[i]! * column[j]!
            : k === 0
              ? a[i]![j]!
              : 0;
          hessian[i * n + j] = hessian[i * n + j]! - second;
        }
      }
    }
    return { gradient, hessian };
  };

  test.for(golden.sphere)(
    "$key: Riemannian gradients and Hessians",
    ({ key, n, params, critical, points }) => {
      const set = sets.sphere().within([n], "u");
      for (const { x, riemHessEig } of critical) {
        const u = Float64Array.from(x);
        const { gradient, hessian } = derivatives(key, params.A, u);
        const face = set.face(u, gradient, 1e-8);
        const scale = Math.max(...riemHessEig.map(Math.abs));
        // The eigenvalues on the tangent space, with those of the complement moved above them.
        const matrix = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
          const unit = new Float64Array(n);
          unit[i] = 1;
          const t = face.tangent(unit);
          const image = face.bend?.(t).slice() ?? new Float64Array(n);
          for (let j = 0; j < n; j++) {
            for (let k = 0; k < n; k++) image[j] = image[j]! + hessian[j * n + k]! * t[k]!;
          }
          const column = face.tangent(image);
          for (let j = 0; j < n; j++) {
            matrix[j * n + i] = column[j]! + 10 * scale * ((i === j ? 1 : 0) - t[j]!);
          }
        }
        const { values } = symmetricEigen(matrix, n);
        riemHessEig.forEach((value, i) => {
          expect(Math.abs(values[i]! - value)).toBeLessThan(1e-8 * scale);
        });
        const { smallest, largest } = answer(
          reducedCurvature({ x: u, gradient }, face, {}),
          () => hessian,
        );
        expect(Math.abs(smallest - riemHessEig[0]!)).toBeLessThan(1e-8 * scale);
        expect(Math.abs(largest - riemHessEig.at(-1)!)).toBeLessThan(1e-8 * scale);
      }
      for (const { x, riemGrad } of points) {
        const u = Float64Array.from(x);
        const { gradient } = derivatives(key, params.A, u);
        const own = set.projectedGradient(u, gradient);
        expect(distance(own, Float64Array.from(riemGrad))).toBeLessThan(1e-10 * (1 + norm(own)));
      }
    },
  );
});

describe("bad sets", () => {
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["a radius of 0", () => sets.l2Ball(0), /radius is 0\n.*above 0/],
    ["a negative radius", () => sets.simplex(-1), /radius is -1/],
    ["rank 0", () => sets.rankAtMost(0), /rank is 0/],
    [
      "equations that contradict each other",
      () =>
        sets.affine(
          [
            [1, 1],
            [2, 2],
          ],
          [1, 3],
        ),
      /row 1 of Ax = b contradicts/,
    ],
    [
      "equations of another size",
      () => sets.affine([[1, 1]], [1]).within([3], "w"),
      /2 columns, and w 3 elements/,
    ],
    [
      "a vector as a matrix",
      () => sets.psd().within([4], "w"),
      /w has shape \[4\], and is no matrix/,
    ],
    ["a cone of oblong matrices", () => sets.psd().within([2, 3], "w"), /w is 2×3/],
    ["more orthonormal columns than rows", () => sets.stiefel().within([2, 3], "w"), /w is 2×3/],
    ["a half-space without a normal", () => sets.halfspace([0, 0], 1), /a has norm 0/],
  ];
  test.for(refused)("refuses %s", ([, make, message]) => {
    expect(make).toThrow(message);
  });
});

test("the nearest orthonormal columns of a matrix that has dependent ones are orthonormal", () => {
  const set = sets.stiefel().within([3, 2], "x");
  expect(set.residual(set.project(Float64Array.of(1, 1, 1, 1, 0, 0)))).toBeLessThan(1e-14);
  expect(set.residual(set.project(new Float64Array(6)))).toBeLessThan(1e-14);
  const square = sets.stiefel().within([2, 2], "x");
  expect(square.residual(square.project(Float64Array.of(1, 1, 1, 1)))).toBeLessThan(1e-14);
});
