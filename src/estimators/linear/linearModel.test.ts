import { describe, expect, test } from "vitest";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import * as penalties from "../../methods/penalties/registry.ts";
import convex from "./convex.golden.json" with { type: "json" };
import type { SparseColumns } from "./design.ts";
import { lasso, linearModel } from "./linearModel.ts";
import golden from "./sparse.golden.json" with { type: "json" };
import type { LossChoice } from "./task.ts";

const { x, y, labels } = golden;
const plain = { intercept: false, standardize: false } as const;
const features = x[0]!.length;

interface Wanted {
  readonly model: string;
  readonly strength: number;
  readonly objective?: number;
  readonly bestKnownObjective?: number;
  readonly solution?: { readonly indices: readonly number[]; readonly values: readonly number[] };
}
const wanted = golden.solutions as readonly Wanted[];

function penaltyOf(model: string, strength: number): Penalty {
  const made: Readonly<Record<string, () => Penalty>> = {
    lasso: () => penalties.l1(strength),
    "sparse-logistic": () => penalties.l1(strength),
    "elastic-net": () => penalties.elasticNet(strength, { l1Ratio: 0.5 }),
    "group-lasso": () => penalties.groupLasso(strength, { groups: 5 }),
    mcp: () => penalties.mcp(strength, { gamma: 3 }),
    scad: () => penalties.scad(strength, { a: 3.7 }),
    "l1/2": () => penalties.lHalf(strength),
  };
  return made[model]!();
}

/** The same matrix in compressed columns. */
function compressed(rows: readonly (readonly number[])[]): SparseColumns {
  const p = rows[0]!.length;
  const starts = [0];
  const entries: [number, number][] = [];
  for (let j = 0; j < p; j++) {
    rows.forEach((row, i) => {
      if (row[j] !== 0) entries.push([i, row[j]!]);
    });
    starts.push(entries.length);
  }
  return {
    samples: rows.length,
    features: p,
    starts: Int32Array.from(starts),
    indices: Int32Array.from(entries, ([i]) => i),
    values: Float64Array.from(entries, ([, value]) => value),
  };
}

describe("sparse models, against skglm, scikit-learn and glmnet", () => {
  const certified = wanted.filter(({ objective }) => objective !== undefined);
  test.for(certified)(
    "$model at λ = $strength ends in a certificate",
    ({ model, strength, ...one }) => {
      const loss: LossChoice = model === "sparse-logistic" ? "logistic" : "squared";
      const fit = linearModel({ ...plain, loss, penalty: penaltyOf(model, strength) }).fit(
        x,
        loss === "logistic" ? labels : y,
      );
      expect(Math.abs(fit.objective - one.objective!)).toBeLessThan(1e-9 * one.objective!);
      const exact = new Float64Array(features);
      one.solution!.indices.forEach((j, k) => {
        exact[j] = one.solution!.values[k]!;
      });
      exact.forEach((value, j) => {
        expect(Math.abs(fit.coefficients[j]! - value)).toBeLessThan(1e-6);
      });
      const { verdict } = fit;
      if (verdict.kind !== "global-minimum")
        throw new Error(`${verdict.kind}: ${verdict.evidence}`);
      expect(verdict.primal - verdict.dual).toBeLessThan(1e-8 * verdict.primal);
      expect(verdict.dual).toBeLessThanOrEqual(one.objective! * (1 + 1e-12));
    },
  );

  const others = wanted.filter(({ bestKnownObjective }) => bestKnownObjective !== undefined);
  test.for(others)(
    "$model at λ = $strength ends at a stationary point near the best known",
    (one) => {
      // Columns have mean squares between 0.6 and 1.5: γ = 3 is above the inverse of all.
      const penalty = penaltyOf(one.model, one.strength);
      const model = linearModel({ ...plain, penalty });
      const fit = model.fit(x, y);
      const share = one.model === "l1/2" ? 1.1 : 1.01;
      expect(fit.objective).toBeLessThan(share * one.bestKnownObjective!);
      expect(kktViolation(fit.coefficients, penalty)).toBeLessThan(1e-6);
      expect(fit.verdict.gradientNorm).toBeLessThanOrEqual(fit.verdict.tolerance);
      expect(["local-minimum", "degenerate", "stationary"]).toContain(fit.verdict.kind);
    },
  );

  /** As the golden file measures it. */
  function kktViolation(w: Float64Array, penalty: Penalty): number {
    if (penalty.parts.kind !== "coordinates") throw new Error("of coordinates");
    const { profile } = penalty.parts;
    const residual = x.map((row, i) => row.reduce((sum, v, j) => sum + v * w[j]!, 0) - y[i]!);
    return w.reduce((worst, value, j) => {
      const g = x.reduce((sum, row, i) => sum + row[j]! * residual[i]!, 0) / x.length;
      const own =
        value === 0
          ? Math.max(0, Math.abs(g) - profile.slope(0))
          : Math.abs(g + Math.sign(value) * profile.slope(Math.abs(value)));
      return Math.max(worst, own);
    }, 0);
  }

  test("a sparse design, centred and scaled without being filled, gives what the dense one does", () => {
    const holes = x.map((row) =>
      row.map((value, j) => (Math.abs(value) < 0.8 ? 0 : value + (j % 3))),
    );
    for (const loss of ["squared", "logistic"] as const) {
      const model = linearModel({ loss, penalty: penalties.l1(loss === "squared" ? 0.5 : 0.05) });
      const target = loss === "squared" ? y : labels;
      const [dense, sparse] = [model.fit(holes, target), model.fit(compressed(holes), target)];
      expect(sparse.support).toEqual(dense.support);
      expect(Math.abs(sparse.objective - dense.objective)).toBeLessThan(1e-10);
      expect(Math.abs(sparse.intercept - dense.intercept)).toBeLessThan(1e-6);
      expect(sparse.verdict.kind).toBe("global-minimum");
      sparse.predict(compressed(holes)).forEach((value, i) => {
        expect(Math.abs(value - dense.predict(holes)[i]!)).toBeLessThan(1e-6);
      });
    }
  });
});

describe("convex models, against Newton in high precision", () => {
  const data = convex.data as Readonly<
    Record<
      string,
      { readonly X: readonly (readonly number[])[] | string; readonly y: readonly number[] }
    >
  >;
  const problems = convex.problems as readonly {
    readonly key: string;
    readonly data: string;
    readonly params: { readonly lam: number; readonly delta?: number };
    readonly primal: number;
    readonly solution: { readonly w?: readonly number[]; readonly b?: number };
  }[];
  const own = problems.filter(({ key }) => key !== "multinomial");
  test.for(own)("$key with $params", ({ key, data: name, params, primal, solution }) => {
    const set = data[name]!;
    const rows =
      typeof set.X === "string" ? (data["regression"]!.X as readonly (readonly number[])[]) : set.X;
    const n = rows.length;
    // Ridge is stated as a sum over samples, all else as a mean.
    const scale = key.startsWith("ridge") ? n : 1;
    const loss: LossChoice = key.startsWith("logistic")
      ? "logistic"
      : key.startsWith("huber")
        ? { huber: params.delta! }
        : "squared";
    const strength = params.lam / scale;
    const fit = linearModel({
      loss,
      penalty: key === "lasso" ? penalties.l1(strength) : penalties.squaredL2(strength),
      intercept: key.endsWith("intercept"),
      standardize: false,
      tolerance: 1e-11,
    }).fit(rows, set.y);
    expect(Math.abs(fit.objective * scale - primal)).toBeLessThan(1e-9 * primal);
    solution.w!.forEach((value, j) => {
      expect(Math.abs(fit.coefficients[j]! - value)).toBeLessThan(1e-6 * (1 + Math.abs(value)));
    });
    expect(Math.abs(fit.intercept - (solution.b ?? fit.intercept))).toBeLessThan(1e-6);
    const { verdict } = fit;
    if (verdict.kind !== "global-minimum") throw new Error(`${verdict.kind}: ${verdict.evidence}`);
    expect(verdict.gap * scale).toBeLessThan(1e-9 * primal);
  });
});

describe("bad input", () => {
  const rows = [
    [1, 2],
    [2, 1],
    [3, 5],
    [4, 4],
  ];
  const model = linearModel({ penalty: penalties.l1(0.1) });

  test("NaN in the design or the response, with its place", () => {
    expect(() =>
      model.fit(
        [
          [1, 2],
          [Number.NaN, 1],
          [3, 5],
        ],
        [1, 2, 3],
      ),
    ).toThrow(/sample 1, feature 0 is NaN/);
    expect(() => model.fit(rows, [1, 2, Number.POSITIVE_INFINITY, 4])).toThrow(
      /y\[2\] is Infinity/,
    );
  });

  test("a column that varies by its mean's rounding alone", () => {
    const tenths = Array.from({ length: 30 }, (_, i) => [i, 0.1]);
    const y = tenths.map(([a]) => a! % 7);
    expect(() => model.fit(tenths, y)).toThrow(/column 1 does not vary/);
  });

  test("a constant column, a row too short, a response too long", () => {
    expect(() =>
      model.fit(
        rows.map(([a]) => [a!, 7]),
        [1, 2, 3, 4],
      ),
    ).toThrow(/column 1 does not vary/);
    expect(() => model.fit([[1, 2], [1]], [1, 2])).toThrow(/row 1 has 1 numbers/);
    expect(() => model.fit(rows, [1, 2, 3])).toThrow(/3 responses for 4 samples/);
  });

  test("a rank-deficient design without a penalty", () => {
    const dependent = rows.map(([a, b]) => [a!, b!, a! + b!]);
    expect(() => linearModel().fit(dependent, [1, 2, 3, 5])).toThrow(/combination of others/);
    expect(() =>
      linearModel().fit(
        [
          [1, 2, 3],
          [3, 1, 5],
        ],
        [1, 2],
      ),
    ).toThrow(/3 columns for 2 samples/);
    expect(
      linearModel({ penalty: penalties.squaredL2(0.1) }).fit(dependent, [1, 2, 3, 5]).verdict.kind,
    ).toBe("global-minimum");
  });

  test("separable classes without a penalty; with one they are fitted", () => {
    const separable = [0, 0, 1, 1];
    expect(() => linearModel({ loss: "logistic" }).fit(rows, separable)).toThrow(
      /separated by a plane/,
    );
    const fit = linearModel({ loss: "logistic", penalty: penalties.squaredL2(0.01) }).fit(
      rows,
      separable,
    );
    expect(fit.verdict.kind).toBe("global-minimum");
    expect([...fit.predict(rows)]).toEqual(separable);
  });

  test("MCP and SCAD more concave than a column is curved", () => {
    const flat = x.map((row) => row.map((value) => value / 3));
    expect(() => linearModel({ ...plain, penalty: penalties.mcp(1) }).fit(flat, y)).toThrow(
      /γ above/,
    );
    expect(() => linearModel({ ...plain, penalty: penalties.scad(1) }).fit(flat, y)).toThrow(
      /a above/,
    );
    expect(() =>
      linearModel({ loss: "logistic", penalty: penalties.mcp(0.1) }).fit(x, labels),
    ).toThrow(/γ above 4/);
  });

  test("and what is advised is just enough", () => {
    const flat = x.map((row) => row.slice(0, 8).map((value) => value / 3));
    const shapes = {
      γ: (gamma: number) => penalties.mcp(1, { gamma }),
      a: (a: number) => penalties.scad(1, { a }),
    };
    for (const [name, make] of Object.entries(shapes)) {
      const fitWith = (shape: number) =>
        linearModel({ ...plain, penalty: make(shape) }).fit(flat, y);
      let told = "";
      try {
        fitWith(3);
      } catch (error) {
        told = String(error);
      }
      const enough = Number(new RegExp(`${name} above ([\\d.]+)`).exec(told)![1]);
      expect(() => fitWith(0.99 * enough)).toThrow(/above/);
      expect(fitWith(1.01 * enough).violation).toBeLessThan(1e-6);
    }
  });

  test("a response that does not suit the loss", () => {
    expect(() => linearModel({ loss: "logistic" }).fit(rows, [0, 1, 2, 1])).toThrow(
      /3 different labels/,
    );
    expect(() => linearModel({ loss: "poisson" }).fit(rows, [0, -1, 2, 1])).toThrow(
      /y\[1\] is below 0/,
    );
    expect(() => linearModel({ loss: "cox" }).fit(rows, [1, 2, 3, 4])).toThrow(/times, events/);
    expect(() => linearModel({ loss: { huber: 0 } }).fit(rows, [1, 2, 3, 4])).toThrow(/huber is 0/);
  });

  test("a penalty of the whole vector", () => {
    expect(() =>
      linearModel({ penalty: penalties.nuclearNorm(1, { rows: 1, columns: 2 }) }).fit(
        rows,
        [1, 2, 3, 4],
      ),
    ).toThrow(/sum over coordinates or over groups/);
  });

  test("a model where a penalty belongs", () => {
    const penalty = lasso(0.1) as unknown as Penalty; // what a caller without types may give
    expect(() => linearModel({ penalty })).toThrow(/the penalty is none\n.*such as l1/);
  });

  test("fewer samples than folds, and a path of a penalty that never makes zeros", () => {
    expect(() => model.crossValidate(rows, [1, 2, 3, 4])).toThrow(/4 samples for 5 folds/);
    expect(() => linearModel({ penalty: penalties.squaredL2(1) }).path(rows, [1, 2, 3, 4])).toThrow(
      /makes no coefficient zero/,
    );
  });
});
