import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pace } from "./pace.ts";

/** A page whose frames come every 16 ms while it is seen, and whose clock is the test's. */
let seen = true;
let late = 0;

beforeEach(() => {
  seen = true;
  late = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const clock = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => clock() + late);
  const frame = (act: () => void): void => {
    setTimeout(() => (seen ? act() : frame(act)), 16);
  };
  vi.stubGlobal("requestAnimationFrame", frame);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** How often it draws in a second in which something is new every millisecond, if a drawing takes so long. */
function drawings(cost: number): number {
  let count = 0;
  const pace = new Pace(() => {
    count++;
    late += cost;
  });
  for (let i = 0; i < 1000; i++) {
    pace.ask();
    vi.advanceTimersByTime(1);
  }
  const drawn = count;
  pace.close();
  vi.advanceTimersByTime(1000);
  expect(count).toBe(drawn);
  return drawn;
}

test("the longer a drawing takes, the longer the page rests after it", () => {
  // A frame before (17 ms with its timer), one after (18), and twice as long a rest: 71 ms, and twice the cost.
  expect(drawings(0)).toBe(14);
  expect(drawings(100)).toBe(4);
});

test("what is new while it rests is drawn after it, once", () => {
  let count = 0;
  const pace = new Pace(() => count++);
  pace.now();
  expect(count).toBe(1);
  pace.ask();
  pace.ask();
  expect(count).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(count).toBe(2);
});

test("what was due when it is closed is not drawn", () => {
  let count = 0;
  const pace = new Pace(() => count++);
  pace.ask();
  vi.advanceTimersByTime(10);
  pace.close();
  vi.advanceTimersByTime(1000);
  expect(count).toBe(0);
});

test("a page that is not seen draws nothing until it is", () => {
  let count = 0;
  const pace = new Pace(() => count++);
  seen = false;
  pace.ask();
  vi.advanceTimersByTime(5000);
  expect(count).toBe(0);
  seen = true;
  vi.advanceTimersByTime(100);
  expect(count).toBe(1);
});
