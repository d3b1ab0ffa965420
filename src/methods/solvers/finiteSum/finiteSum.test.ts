import { describe, expect, test } from "vitest";
import { answer, type Oracle, type Vector } from "../../../linalg/ask.ts";
import { norm } from "../../../linalg/vector.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import type { Solver } from "../solver.ts";
import { run } from "../testing.ts";
import { drawRows } from "./rows.ts";
import { saga } from "./saga.ts";
import { sarah } from "./sarah.ts";
import { spider } from "./spider.ts";
import { svrg } from "./svrg.ts";
import { featuresOf, logistic, type Sum, smoothnessOf, wholeOf } from "./testing.ts";

const methods = { saga, sarah, spider, svrg } as const;
const each = Object.entries(methods);
const lambda = 0.02;
const sum = logistic(150, 5, lambda, 7);
const start = [1, -2, 0.5, 1, 2];
const minimum = run(lbfgs(), wholeOf(sum), start, { tolerance: 1e-12 }).point;

/** Least-squares slope of y over 0, 1, 2 … and the share of the variance that the line explains. */
function line(y: readonly number[]): { slope: number; fit: number } {
  const [tx, ty] = [(y.length - 1) / 2, y.reduce((a, b) => a + b, 0) / y.length];
  let [xx, xy, yy] = [0, 0, 0];
  y.forEach((value, i) => {
    xx += (i - tx) ** 2;
    xy += (i - tx) * (value - ty);
    yy += (value - ty) ** 2;
  });
  return { slope: xy / xx, fit: xy ** 2 / (xx * yy) };
}

describe.for(each)("%s", ([, make]) => {
  // L bounds every term's curvature, so that the step size is the papers'.
  const stepSize = 1 / (3 * smoothnessOf(5, lambda));

  test("falls to the minimum at a linear rate, at a constant step size", () => {
    const method = make({ stepSize, batchSize: 1 }) as Solver;
    const features = featuresOf(sum);
    const { values, point } = run(method, wholeOf(sum), start, { features, tolerance: 1e-9 });
    expect(norm(point.gradient)).toBeLessThan(1e-9);
    const errors = values.map((value) => value - minimum.value).filter((error) => error > 1e-13);
    const { slope, fit } = line(errors.map(Math.log10));
    expect(errors.length).toBeGreaterThan(5);
    expect(slope).toBeLessThan(-0.3); // each iteration at least halves the error
    expect(fit).toBeGreaterThan(0.97); // and log(error) is a line
  });

  test("finds a step size by itself that reaches the minimum in a few dozen passes", () => {
    let rows = 0;
    const features = featuresOf(sum, (own) => {
      rows += own.length;
    });
    const result = run(make() as Solver, wholeOf(sum), start, { features, tolerance: 1e-8 });
    expect(result.stop.criterion).toBe("gradient");
    expect(rows / sum.count + result.counts.gradient).toBeLessThan(120);
  });

  test("takes back iterations that raise the value, and halves a step size that is too large", () => {
    const method = make({ stepSize: 500, batchSize: 5 }) as Solver;
    const { values, stop } = run(method, wholeOf(sum), start, {
      features: featuresOf(sum),
      tolerance: 1e-6,
    });
    expect(stop.criterion).toBe("gradient");
    values.slice(1).forEach((value, i) => {
      expect(value).toBeLessThanOrEqual(values[i]! * (1 + 2 ** -20));
    });
  });

  test("gives equal bits for equal seeds, others for another", () => {
    const at = (seed: number): readonly number[] =>
      run(make({ seed }) as Solver, wholeOf(sum), start, {
        features: featuresOf(sum),
        maxIterations: 3,
      }).values;
    expect(at(4)).toEqual(at(4));
    expect(at(4)).not.toEqual(at(5));
  });

  test("makes steps whose mean over all draws is along the gradient", () => {
    // The first step is along the full gradient whatever was drawn, so that the second starts at a known
    // point: its end, for each row that may be drawn in it, by the seeds that draw that row.
    const x0 = Float64Array.from(start);
    const whole = wholeOf(sum);
    const size = 0.1;
    const shorter = make === spider ? 0.2 : 1; // it begins with ε/‖v‖ of a tenth, and steps of 2ε at most
    const first = whole.gradient(x0).gradient;
    const x1 = x0.map((x, i) => x - shorter * size * first[i]!);
    const draws = make === spider || make === sarah ? 1 : 2;
    const ends = new Map<number, Vector>();
    for (let seed = 0; ends.size < sum.count && seed < 5000; seed++) {
      const options = { stepSize: size, batchSize: 1, passes: draws / sum.count, seed };
      const { row, end } = endOf(make(options) as Solver, x0);
      ends.set(row, end);
    }
    expect(ends.size).toBe(sum.count);
    const along = whole.gradient(x1).gradient;
    const moved = x1.map(
      (x, i) => x - [...ends.values()].reduce((s, end) => s + end[i]!, 0) / sum.count,
    );
    // Normalised steps have means of other lengths; their direction is near the gradient's.
    const scale = make === spider ? norm(moved) / norm(along) : size;
    moved.forEach((v, i) => {
      expect(v).toBeCloseTo(scale * along[i]!, make === spider ? 3 : 12);
    });
  });
});

/** Where one iteration leads, and the row that was drawn last. */
function endOf(method: Solver, x0: Vector): { readonly row: number; readonly end: Vector } {
  const whole = wholeOf(sum);
  const features = featuresOf(sum, ([only]) => {
    row = only!;
  });
  let [row, end] = [-1, x0];
  const oracle: Oracle = (request) => {
    if (request.kind === "rows") return features.rows!(request);
    if (request.kind === "row-count") return sum.count;
    if (request.kind !== "gradient") throw new Error(`asked for ${request.kind}`);
    end = request.x.slice();
    return whole.gradient(end);
  };
  const point = { x: x0, ...whole.gradient(x0) };
  answer(method.step(point, method.init(point)), oracle);
  return { row, end };
}

test("a table of gradients that memory cannot hold is refused before it is made", () => {
  const huge: Sum = { count: 10_000, size: 40_000, term: () => ({ value: 0, gradient: big }) };
  const x0 = Array.from(big);
  expect(() =>
    run(saga({ batchSize: 1, stepSize: 1 }) as Solver, { ...wholeOf(sum), ...flatOf(big) }, x0, {
      features: featuresOf(huge),
    }),
  ).toThrow(/take 3\.0 GiB/);
});

const big = new Float64Array(40_000);
const flatOf = (gradient: Vector) => ({
  value: () => 0,
  gradient: () => ({ value: 0, gradient: gradient.map(() => 1) }),
});

test.for(each)("%s refuses options outside their ranges", ([name, make]) => {
  expect(() => make({ stepSize: 0 })).toThrow(/stepSize is 0/);
  expect(() => make({ batchSize: 1.5 })).toThrow(/batchSize is 1\.5/);
  expect(() => make({ passes: 0 })).toThrow(/passes is 0/);
  expect(() => make({ batchsize: 3 } as never)).toThrow(`${name}: unknown option "batchsize"`);
});

test("rows are drawn without replacement, and each as often as any other", () => {
  const counts = new Int32Array(10);
  for (let draw = 0; draw < 5000; draw++) {
    const rows = drawRows(10, 4, 3, draw);
    expect(new Set(rows).size).toBe(4);
    for (const row of rows) counts[row]!++;
  }
  // 2000 expected, with a standard deviation of √(5000·0.4·0.6) = 35.
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(5 * 35);
});
