import { landscape } from "../inspection/landscape.ts";
import { type SpectrumOptions, type SpectrumReport, spectrum } from "../inspection/spectrum.ts";
import type { TrainingProblem } from "../training/defineTraining.ts";
import { formatNumber, formatPercent, sparkline } from "./format.ts";
import type { PlaceOnTheWay } from "./inspected.ts";
import { mapOf } from "./landscapeMap.ts";
import type { Colors } from "./output.ts";

/** Planes through a run's end: through its way, of the two most curved directions, or at random. */
export const planes = ["path", "curvature", "random"] as const;

/** What was measured, for a program and for a reader. */
interface Part {
  readonly data: object;
  readonly text: string;
}

/** Bars of a density in a terminal. */
const BARS = 60;

/** The ends of the spectrum, and the density of all of it where that is asked for. */
export async function curvaturePart(
  problem: TrainingProblem,
  colors: Colors,
  options: SpectrumOptions<unknown>,
): Promise<Part> {
  const { largest, smallest, outliers, cost, density } = await spectrum(problem, options);
  const [high, low] = [largest[0]!, smallest[0]!];
  const line = `${colors.bold("curvature")}  sharpness ${formatNumber(high.value, 4)} ± ${formatNumber(high.error, 2)}   smallest ${formatNumber(low.value, 4)} ± ${formatNumber(low.error, 2)}   outliers ${outliers.count}   ${colors.dim("nadir explain sharpness")}`;
  return {
    data: {
      largest: largest.map(({ value, error }) => ({ value, error })),
      smallest: { value: low.value, error: low.error },
      ...{ outliers, cost },
      ...(density === undefined
        ? {}
        : {
            density: {
              at: [...density.at],
              density: [...density.density],
              standardError: [...density.standardError],
              width: density.width,
            },
          }),
    },
    text: density === undefined ? line : `${line}\n${densityInWords(density, colors)}`,
  };
}

/** Bars of equal parts of the axis, each its highest density, on a log scale. */
function densityInWords(
  { at, density, width }: NonNullable<SpectrumReport["density"]>,
  colors: Colors,
): string {
  const count = Math.min(BARS, density.length);
  const highest = Array.from({ length: count }, (_, i) => {
    const [from, to] = [i, i + 1].map((k) => Math.floor((k * density.length) / count));
    return density.slice(from, to).reduce((most, one) => Math.max(most, one), 0);
  });
  const peak = Math.max(...highest);
  // Four decades: below that is what the smoothing's own tails come to.
  const shown = highest.map((one) => Math.max(one, peak / 1e4));
  return `  ${colors.dim("density")}    ${formatNumber(at[0]!, 3)} ${sparkline(shown, count)} ${formatNumber(at.at(-1)!, 3)}   ${colors.dim(`log scale over 4 decades, smoothed by ${formatNumber(width, 2)}`)}`;
}

interface Slice {
  readonly at: unknown;
  readonly state?: unknown;
  readonly rows: number;
  readonly run: string;
  readonly plane: (typeof planes)[number] | undefined;
  readonly grid: number | undefined;
  readonly way: () => readonly PlaceOnTheWay[];
}

/** The loss around the run's end: on a plane of the kind that is asked for, else along one random line. */
export async function landscapePart(
  problem: TrainingProblem,
  colors: Colors,
  { plane, grid, run, way, ...place }: Slice,
): Promise<Part> {
  const report = await landscape<unknown>(problem, {
    ...place,
    ...(grid === undefined ? {} : { grid }),
    ...(plane === undefined
      ? { dimensions: 1 }
      : plane === "path"
        ? { directions: "trajectory", trajectory: [...way().map(({ at }) => at), place.at] }
        : { directions: plane }),
  });
  const { values, loss, axes, explained } = report;
  const more = colors.dim(
    `nadir landscape ${run}${plane === undefined ? "" : ` --plane ${plane === "path" ? "trajectory" : plane}`}`,
  );
  const [lowest, highest] = [values.reduce(lower), values.reduce(higher)];
  const goes = `the loss goes from ${formatNumber(lowest, 4)} to ${formatNumber(highest, 4)}, and is ${formatNumber(loss, 4)} here`;
  const share = explained?.reduce((sum, part) => sum + part, 0);
  const kept = axes.map(({ name, length, coordinates }) => ({
    ...{ name, length },
    coordinates: [...coordinates],
  }));
  return plane === undefined
    ? {
        data: { loss, values: [...values], coordinates: kept[0]!.coordinates },
        text: `${colors.bold("landscape")}  along a random filter-normalised line ${goes}   ${more}`,
      }
    : {
        data: { plane, loss, values: [...values], axes: kept, ...(explained && { explained }) },
        text: [
          `${colors.bold("landscape")}  on the plane of ${axes.map(({ name }) => name).join(" × ")}${share === undefined ? "" : `, which holds ${formatPercent(share)} of its way,`} ${goes}   ${more}`,
          ...mapOf(report),
        ].join("\n"),
      };
}

const lower = (a: number, b: number): number => Math.min(a, b);
const higher = (a: number, b: number): number => Math.max(a, b);
