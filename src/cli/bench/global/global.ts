import { NadirError } from "../../../base/errors.ts";
import { type Series, svgChart } from "../../../drawing/chart.ts";
import { shareOf } from "../../../methods/solvers/global/share.ts";
import type { Experiment, Table } from "../experiment.ts";
import { type Course, courses } from "./course.ts";
import { ownMethods, searchOwn } from "./own.ts";
import { scipyMethods, startScipy } from "./scipy.ts";

/** What one search may spend, in units of one gradient. */
const budget = 2000;

/** How one method did: for each function, what each seed had spent when it met the global minimum. */
interface MethodRecord {
  readonly name: string;
  readonly met: readonly (readonly (number | undefined)[])[];
}

/**
 * How often global methods meet the global minimum, and at what price: the multimodal functions, 20 seeds
 * each, every method with its defaults, all from the same starts.
 */
export const global: Experiment = {
  name: "global",
  run: async ({ only, seeds: given, peers }, report) => {
    // SciPy's searches ask for each value over a pipe, which takes most of the time.
    const [seeds, peerSeeds] = [given ?? 20, given ?? 5];
    await using scipy = peers ? await startScipy() : undefined;
    const names = [...ownMethods.keys(), ...scipyMethods.map((name) => `SciPy ${name}`)];
    const unknown = only?.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new NadirError("bench/case", `suite global has no method "${unknown}"`, {
        expected: names.join(", "),
      });
    }
    const isWanted = (name: string): boolean => only?.includes(name) ?? true;
    const made = courses.map((make) => make());
    const each = async (
      count: number,
      search: (course: Course, seed: number) => number | undefined | Promise<number | undefined>,
    ): Promise<MethodRecord["met"]> => {
      const met: (number | undefined)[][] = [];
      for (const course of made) {
        const row: (number | undefined)[] = [];
        for (let seed = 0; seed < count; seed++) row.push(await search(course, seed));
        met.push(row);
      }
      return met;
    };
    const records: MethodRecord[] = [];
    for (const [name, make] of ownMethods) {
      if (!isWanted(name)) continue;
      report(`searching by ${name}`);
      const met = await each(seeds, (course, seed) => searchOwn(make, course, seed, budget));
      records.push({ name, met });
    }
    for (const method of scipyMethods) {
      const name = `SciPy ${method}`;
      if (!isWanted(name) || !peers) continue;
      if (scipy === undefined) {
        report(`${name}: no Python here has SciPy (NADIR_PYTHON names another)`);
        continue;
      }
      report(`searching by ${name} ${scipy.version}`);
      const met = await each(peerSeeds, (course, seed) =>
        scipy.search(method, course, seed, budget),
      );
      records.push({ name, met });
    }
    return {
      tables: [summary(records, seeds, peerSeeds), byFunction(records, made, seeds)],
      pictures: { "global-search": picture(records) },
    };
  },
};

function summary(records: readonly MethodRecord[], seeds: number, peerSeeds: number): Table {
  const rows = records
    .map(({ name, met }) => {
      const all = met.flat();
      const found = all.filter((price) => price !== undefined).sort((a, b) => a - b);
      const { low, high } = shareOf(found.length, all.length);
      const within = (limit: number): number => found.filter((price) => price <= limit).length;
      return [
        ...[name, found.length / all.length, low, high],
        ...[within(100) / all.length, within(500) / all.length],
        found[Math.floor(found.length / 2)] ?? null,
      ];
    })
    .sort((a, b) => Number(b[1]) - Number(a[1]));
  return {
    title: "searches that met the global minimum",
    columns: ["method", "met", "95 % from", "to", "within 100", "within 500", "median price"],
    rows,
    show: (value, column) => (column === 6 ? value.toFixed(0) : `${(100 * value).toFixed(1)} %`),
    note: `${courses.length} functions, ${seeds} seeds each${peerSeeds === seeds ? "" : ` (SciPy ${peerSeeds})`}, from the same uniform starts, at most ${budget} gradient-equivalents a search (a value ⅓, value and gradient 1). Met: a value within 1e-4·(1 + |f*|) of the known global minimum f*, in the domain. Defaults throughout; SciPy has exact gradients for its local searches. The median price is of the searches that met it.`,
  };
}

const byFunction = (
  records: readonly MethodRecord[],
  made: readonly Course[],
  seeds: number,
): Table => ({
  title: `of ${seeds} seeds, how many met it`,
  columns: [
    "function",
    ...records.map(({ name, met: [first = []] }) => {
      const short = name.replace("SciPy ", "sp ");
      return first.length === seeds ? short : `${short}, of ${first.length}`;
    }),
  ],
  rows: made.map(({ name }, i) => [
    name,
    ...records.map(({ met }) => met[i]?.filter((price) => price !== undefined).length ?? 0),
  ]),
});

/** The part of all searches that have met the minimum, by what they may spend. */
function picture(records: readonly MethodRecord[]): string {
  const series = records.map(({ name, met }): Series => {
    const searches = met.flat().length;
    const prices = met
      .flat()
      .filter((price) => price !== undefined)
      .sort((a, b) => a - b);
    const points = prices.map((price, i) => [Math.max(1, price), (i + 1) / searches] as const);
    return { name, as: "steps", points: [...points, [budget, prices.length / searches]] };
  });
  return svgChart({
    title: "Searches that have met the global minimum",
    x: { label: "gradient-equivalents", scale: "log", domain: [1, budget] },
    y: { label: "part of all searches", domain: [0, 1] },
    series,
    ...{ width: 820, height: 440 },
  });
}
