import type { Highs } from "highs";
import type { Vector } from "../../linalg/ask.ts";
import { blockingSet } from "./blockingSet.ts";
import { type CutProgram, withCutProgram } from "./cutProgram.ts";
import { type Candidate, candidateAt } from "./firstSupport.ts";
import type { Quadratic, ShareCost } from "./subsetObjective.ts";

/** What a search for the best subset found. */
export interface Found {
  readonly best: Candidate;
  /** No k columns have a lower value. */
  readonly bound: number;
  readonly work: SubsetWork;
}

/** What it took. */
export interface SubsetWork {
  /** Tangents and blocking sets that the programs hold. */
  readonly cuts: number;
  /** Programs solved by HiGHS. */
  readonly programs: number;
  /** Times that local branching found a better subset than the one it began from. */
  readonly improvements: number;
}

export interface SearchOptions {
  readonly size: number;
  /** (value − bound)/value at which the search ends. */
  readonly tolerance: number;
  /** Columns that local branching may exchange at once; 0: none, no local branching. */
  readonly radius: number;
  /** Seconds. */
  readonly timeLimit: number;
}

/** Blocking sets that are looked for at each answer. */
const variants = 4;

/**
 * The best k columns: a program of tangents of the cost, first with fractional shares, then whole; each answer is tried, and adds
 * its tangent and sets of columns of which any better subset must have one, until none is left. In between local branching: only columns that differ from the best in at most r are
 * looked at, around a new centre as long as that helps; what was searched to the end is excluded from the rest.
 *
 * @param cost - scaled so that no column costs about 1
 * @see Bertsimas & Van Parys (2020), algorithm 1; Fischetti & Lodi (2003), Local branching, §3
 */
export function searchSubset(
  highs: Highs,
  cost: ShareCost,
  from: Candidate,
  { size: k, tolerance, radius, timeLimit }: SearchOptions,
): Found {
  const { quadratic } = cost;
  const p = quadratic.size;
  const end = performance.now() + 1000 * timeLimit;
  const left = (): number => (end - performance.now()) / 1000;
  let best = from;
  const goal = (): number => best.value - tolerance * Math.max(Math.abs(best.value), 1e-12);
  const everything = new Float64Array(p).fill(1);
  const floor = cost.cut(everything).value;
  return withCutProgram(highs, p, k, floor, (program) => {
    program.add(cost.cut(sharesOf(best, p)));
    for (const set of blockingSets(quadratic, [], goal(), 0)) program.hit(set);
    for (const set of blockingSets(quadratic, best.support, goal(), 1)) program.hit(set);
    let bound = Math.max(floor, relax(program, cost, k, sharesOf(best, p), goal(), left));
    let improvements = 0;
    const report = (): Found => ({
      best,
      bound: Math.min(bound, best.value),
      work: { cuts: program.cuts, programs: program.solved, improvements },
    });
    if (bound >= goal()) return report();
    program.wholeShares();
    /** Cuts until nothing below the goal is left (true), a better subset is met (if `first`), or the time is over. */
    const exhaust = (seconds: () => number, first: boolean): boolean | "better" => {
      while (seconds() > 0) {
        program.below(goal());
        const answer = program.run(seconds());
        if (answer.end === "infeasible") return true;
        if (!first && Number.isFinite(answer.bound)) bound = Math.max(bound, answer.bound);
        if (answer.x === undefined) return false;
        const chosen = columnsOf(answer.x, p);
        const tried = candidateAt(quadratic, chosen);
        const isBetter = tried !== undefined && tried.value < best.value;
        const isMuch = isBetter && tried.value < goal();
        if (isBetter) best = tried;
        const sets = blockingSets(quadratic, chosen, goal(), program.cuts);
        // Nothing is needed to be no better: nothing is better.
        if (sets.some((set) => set.length === 0)) return true;
        for (const set of sets) program.hit(set);
        if (sets.length === 0) return false;
        if (first && isMuch) return "better";
        if (answer.end === "limit") return false;
      }
      return false;
    };
    if (radius > 0 && radius < k) {
      // A share of the time: what is searched here need not be searched again.
      const until = performance.now() + 250 * Math.min(timeLimit, 1e9);
      const seconds = (): number => (until - performance.now()) / 1000;
      for (;;) {
        const kept = best.support.length - radius;
        if (kept <= 0) break;
        const row = program.near(best.support, kept);
        const outcome = exhaust(seconds, true);
        if (outcome === "better") {
          improvements++;
          program.release(row);
          continue;
        }
        if (outcome) program.away(row, kept);
        else program.release(row);
        break;
      }
    }
    if (exhaust(left, false)) bound = goal();
    return report();
  });
}

/** Different sets for one support, by different orders in which columns are taken in. */
function blockingSets(
  quadratic: Quadratic,
  support: readonly number[],
  goal: number,
  seed: number,
): number[][] {
  const found = new Map<string, number[]>();
  for (let variant = 0; variant < variants; variant++) {
    const weight = (column: number): number =>
      variant === 0 ? 1 : 1 + ((column * 7919 + (seed + variant) * 104729) % 31);
    const set = blockingSet(quadratic, support, goal, weight);
    if (set !== undefined) found.set(set.join(), set);
  }
  return [...found.values()];
}

/** Tangents at fractional shares, between the program's answer and the best subset, until they gain little. */
function relax(
  program: CutProgram,
  cost: ShareCost,
  k: number,
  centre: Vector,
  goal: number,
  left: () => number,
): number {
  const p = cost.quadratic.size;
  let inside = centre.map((s) => 0.9 * s + (0.1 * k) / p);
  let [bound, stalled] = [Number.NEGATIVE_INFINITY, 0];
  for (let round = 0; round < 200 && stalled < 3 && left() > 0; round++) {
    const answer = program.run(left());
    if (answer.end !== "optimal" || answer.x === undefined) break;
    const t = answer.x[p]!;
    // Whole answers lie above the relaxation's value up to what rounding makes of rows.
    const now = t - 1e-9;
    stalled = now > bound + 0.02 * Math.max(goal - now, 0) ? 0 : stalled + 1;
    bound = Math.max(bound, now);
    if (bound >= goal) break;
    const shares = answer.x.slice(0, p);
    const between = inside.map((s, j) => 0.5 * s + 0.5 * shares[j]!);
    const cut = cost.cut(between);
    program.add(cut);
    const atShares = cost.cut(shares);
    program.add(atShares);
    if (atShares.value - t < 1e-9) break;
    inside = between;
  }
  return bound;
}

function sharesOf({ support }: { readonly support: readonly number[] }, p: number): Vector {
  const shares = new Float64Array(p);
  for (const j of support) shares[j] = 1;
  return shares;
}

function columnsOf(x: Vector, p: number): number[] {
  const columns: number[] = [];
  for (let j = 0; j < p; j++) if (x[j]! > 0.5) columns.push(j);
  return columns;
}
