import { describe, expect, test } from "vitest";
import { svgChart } from "../../../src/drawing/chart.ts";
import { curveChart, extentOf } from "../../../src/drawing/curveChart.ts";
import { nearestPoint } from "../../../src/drawing/nearest.ts";
import { BucketFold, bucketWidth } from "../../../src/records/buckets.ts";
import type { StoredEvent } from "../../../src/runs/run.ts";
import type { RunReply } from "../../../src/studio/protocol.ts";
import type { SeriesView } from "../data/api.ts";
import { axesOf, clockOf, nextAxis, placeStep } from "./abscissa.ts";
import { loggedPlaces, placeBeside, placeNear, valuesAt } from "./cursor.ts";
import { type CurveView, readView } from "./curveView.ts";
import { appended, BUCKETS, held, lineOf } from "./series.ts";
import { curveSentence } from "./summary.ts";

const plainView: CurveView = readView(new URLSearchParams());

const event = (seq: number, time: number, told: object): StoredEvent =>
  // Only what is read of an event is given.
  ({ seq, time, event: told }) as StoredEvent;

const log = [
  event(0, 1000, { kind: "start", steps: 100, epochs: 10 }),
  event(1, 3000, { kind: "progress", step: 50 }),
  event(2, 9000, { kind: "progress", step: 100 }),
];
const reply = { run: { steps: 100 }, cost: { gradients: 300 } } as unknown as RunReply; // what is read of it

describe("axes", () => {
  test("turn steps into epochs, gradients, and seconds between the times that were told", () => {
    const clock = clockOf(reply, log);
    expect(axesOf(clock)).toEqual(["step", "epoch", "time", "evaluations"]);
    expect(placeStep("epoch", clock)(50)).toBe(5);
    expect(placeStep("evaluations", clock)(50)).toBe(150);
    expect([25, 50, 75, 100].map(placeStep("time", clock))).toEqual([1, 2, 5, 8]);
    expect(placeStep("time", clock)(125)).toBe(11);
  });

  test("are offered only where the run knows them", () => {
    const bare = clockOf({ run: {} } as unknown as RunReply, []); // no cost, no log
    expect(axesOf(bare)).toEqual(["step"]);
    expect(nextAxis("time", ["step", "time"])).toBe("step");
    expect(nextAxis("epoch", ["step"])).toBe("step");
  });
});

const view = (width: number, columns: Partial<SeriesView>, count: number): SeriesView => {
  const none = new Float64Array();
  return {
    head: { run: "a", name: "loss", count, from: 0, width },
    ...{ step: none, lastStep: none, first: none, low: none, high: none, last: none },
    ...columns,
  };
};
const f64 = (...values: number[]) => Float64Array.from(values);
const points = held(view(1, { step: f64(1, 2, 3), first: f64(9, 8, 7), last: f64(9, 8, 7) }, 3));

describe("a series that is held", () => {
  test("grows without moving a point, and is cut where the run was resumed from further back", () => {
    const longer = appended(points, 3, f64(4, 5), f64(6, 5))!;
    expect(lineOf(longer).line).toEqual([...lineOf(points).line, [4, 6], [5, 5]]);
    const resumed = appended(longer, 4, f64(5), f64(50))!;
    expect(lineOf(resumed).line.slice(3)).toEqual([
      [4, 6],
      [5, 50],
    ]);
    expect(resumed.count).toBe(5);
  });

  test("is asked for anew where points are missing, or those of its buckets change", () => {
    expect(appended(points, 4, f64(9), f64(9))).toBeUndefined();
    expect(appended(points, 1, f64(9), f64(9))).toBeUndefined();
  });

  test("that grows long is in the buckets that the server would give, wherever it was cut in pieces", () => {
    const value = (i: number) =>
      i === 700 ? Number.NaN : i > 1500 && i < 1503 ? Number.NEGATIVE_INFINITY : Math.sin(i / 9);
    const upTo = (from: number, to: number) => {
      const at = Float64Array.from({ length: to - from }, (_, i) => from + i);
      return [at.map((i) => 2 * i + 1), at.map(value)] as const;
    };
    for (const piece of [1, 37, 1000, 5000]) {
      let long = held(view(1, {}, 0));
      for (let from = 0; from < 9001; from += piece) {
        long = appended(long, from, ...upTo(from, Math.min(9001, from + piece)))!;
      }
      const { width } = long.view.head;
      const end = long.count - long.tail.length;
      expect([long.count, width]).toEqual([9001, bucketWidth(0, end, BUCKETS)]);
      const fold = new BucketFold({ begin: 0, end, width, count: end });
      fold.add(0, ...upTo(0, end));
      const { head, ...columns } = long.view;
      expect(head.count).toBe(end);
      expect(columns).toEqual(fold.buckets.columns);
      const [steps, values] = upTo(end, 9001);
      expect(long.tail).toEqual(Array.from(steps, (step, i) => [step, values[i]]));
      // Its buckets cannot be cut: a run that is resumed from before them is read anew.
      expect(appended(long, end - 1, f64(0), f64(0))).toBeUndefined();
    }
  });

  test("keeps the width of its buckets where that is more than it must be", () => {
    const columns = { step: f64(0), lastStep: f64(63), first: f64(1), last: f64(2) };
    const coarse = held(view(64, { ...columns, low: f64(0), high: f64(3) }, 64));
    const more = Float64Array.from({ length: 1025 }, (_, i) => 64 + i);
    const { view: longer } = appended(coarse, 64, more, more)!;
    expect([longer.head.width, ...longer.high.slice(0, 2)]).toEqual([64, 3, 127]);
  });

  test("in buckets is drawn through lowest and highest, and a cursor rests on first and last only", () => {
    const columns = { step: f64(1, 5), lastStep: f64(4, 8), first: f64(9, 5), last: f64(6, 2) };
    const bucketed = held(view(4, { ...columns, low: f64(3, 1), high: f64(9, 6) }, 8));
    const { line, logged } = lineOf(bucketed);
    expect(line.slice(0, 4)).toEqual([
      [1, 9],
      [2.5, 3],
      [2.5, 9],
      [4, 6],
    ]);
    expect(logged).toEqual([
      [1, 9],
      [4, 6],
      [5, 5],
      [8, 2],
    ]);
  });
});

describe("a cursor", () => {
  const a = {
    name: "a",
    line: [],
    logged: [
      [0, 1],
      [10, 2],
      [20, Number.NaN],
    ] as const,
  };
  const b = {
    name: "b",
    line: [],
    logged: [
      [5, 3],
      [10, 4],
    ] as const,
  };
  const places = loggedPlaces([a, b]);

  test("rests on logged points, and tells those curves that were logged there", () => {
    expect(places).toEqual([0, 5, 10, 20]);
    expect(valuesAt([a, b], 10).map(({ name, value }) => [name, value])).toEqual([
      ["a", 2],
      ["b", 4],
    ]);
    expect(valuesAt([a, b], 5).map(({ name }) => name)).toEqual(["b"]);
    expect(nearestPoint(a.logged, 6)?.[0]).toBe(10);
    expect(nearestPoint([], 6)).toBeUndefined();
  });

  test("finds the point nearest to a pixel, within what is shown", () => {
    const scale = (low: number, high: number) => ({
      place: (value: number) => (value - low) / (high - low),
      at: (part: number) => low + part * (high - low),
      domain: [low, high] as const,
      ticks: [],
    });
    const box = { left: 100, right: 300, top: 0, bottom: 100 };
    const panel = { box, x: scale(0, 20), y: scale(0, 1) };
    expect(placeNear(places, panel, 160)).toBe(5);
    expect(placeNear(places, panel, 300)).toBe(20);
    expect(placeNear(places, { ...panel, x: scale(6, 9) }, 300)).toBeUndefined();
  });

  test("walks from point to point, and stops at the ends of what is shown", () => {
    expect(placeBeside(places, undefined, 1, [0, 20])).toBe(0);
    expect(placeBeside(places, 5, 1, [0, 20])).toBe(10);
    expect(placeBeside(places, 10, 1, [0, 12])).toBe(10);
    expect(placeBeside(places, 10, -20, [0, 20])).toBe(0);
  });
});

describe("a chart of curves", () => {
  const curve = {
    name: "loss",
    line: [
      [0, 1000],
      [1, 1],
      [2, 4],
      [3, 1],
    ] as const,
    logged: [],
  };

  test("says that it is smoothed, and keeps the extremes behind", () => {
    const chart = curveChart("loss", [curve], { ...plainView, smoothing: 0.9 }, { domain: [0, 3] });
    expect(chart.series[0]!.name).toBe("loss, smoothed 0.9");
    expect(chart.series[0]!.band).toEqual([[2, 1, 1000]]);
    expect(curveChart("loss", [curve], plainView, { domain: [0, 3] }).series[0]!.name).toBe("loss");
  });

  test("is logarithmic where values span two decades, symmetric where that is asked of values below 0", () => {
    const scaleOf = (line: readonly (readonly [number, number])[], logY?: boolean) =>
      curveChart("", [{ ...curve, line }], { ...plainView, logY }, { domain: [0, 3] }).y.scale;
    expect(scaleOf(curve.line)).toBe("log");
    expect(scaleOf(curve.line, false)).toBeUndefined();
    expect(
      scaleOf([
        [0, 3],
        [1, 2],
      ]),
    ).toBeUndefined();
    expect(
      scaleOf(
        [
          [0, 3],
          [1, -2],
        ],
        true,
      ),
    ).toBe("symlog");
    // Only what is shown has a say.
    expect(curveChart("", [curve], plainView, { domain: [1, 3] }).y.scale).toBeUndefined();
  });

  test("draws nothing that is no number, whatever it is given", () => {
    for (const value of [0, -3, Number.NaN, Number.POSITIVE_INFINITY]) {
      const line = [
        [0, value],
        [1, value],
      ] as const;
      const chart = curveChart("", [{ ...curve, line }], plainView, { domain: [0, 1] });
      expect(svgChart(chart)).not.toContain("NaN");
    }
  });

  test("reaches over all curves, or over what was zoomed to", () => {
    expect(
      extentOf(
        [
          curve,
          {
            ...curve,
            line: [
              [-2, 1],
              [9, 1],
            ],
          },
        ],
        plainView,
      ),
    ).toEqual([-2, 9]);
    expect(extentOf([curve], { ...plainView, logX: true })).toEqual([1, 3]);
    expect(extentOf([curve], { ...plainView, zoom: [1, 2] })).toEqual([1, 2]);
  });
});

test("a link says how curves are looked at, and what it says wrongly is as if not said", () => {
  expect(readView(new URLSearchParams("x=time&y=log&smooth=0.6&zoom=1,20.5&logx=1"))).toEqual({
    ...{ axis: "time", logY: true, smoothing: 0.6, zoom: [1, 20.5], logX: true },
  });
  expect(readView(new URLSearchParams("x=bytes&y=up&smooth=7&zoom=5,1"))).toEqual(plainView);
});

test("a curve is told in one sentence", () => {
  expect(
    curveSentence("loss", [
      [0, 2],
      [5, 0.5],
      [10, 1],
    ]),
  ).toBe("loss falls from 2 to 1 in 10 steps; lowest 0.5 at 5");
  expect(
    curveSentence(
      "loss",
      [
        [0, 1],
        [1, Number.NaN],
        [2, 3],
      ],
      "epochs",
    ),
  ).toBe("loss rises from 1 to 3 in 2 epochs; lowest 1 at 0; 1 values are not finite");
  expect(curveSentence("loss", [])).toBe("loss: nothing was told yet");
});
