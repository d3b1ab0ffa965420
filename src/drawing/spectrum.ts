import type { SpectralDensity, SpectrumReport } from "../inspection/spectrum.ts";
import type { RitzPair } from "../linalg/lanczos.ts";
import type { Chart, Rule, Series } from "./chart.ts";
import type { Style } from "./style.ts";

/** What a picture of a spectrum is made of: a report, or what a run kept of one. */
export interface DrawnSpectrum {
  readonly largest: readonly Eigenvalue[];
  readonly smallest: readonly Eigenvalue[];
  readonly outliers: { readonly count: number };
  readonly density?: Density | undefined;
}

type Eigenvalue = Pick<RitzPair, "value" | "error">;

interface Density extends Pick<SpectralDensity, "width"> {
  readonly at: readonly number[];
  readonly density: readonly number[];
  readonly standardError: readonly number[];
}

/** A spectrum as `nadir spectrum --json` writes it and a run keeps it: without vectors as long as the params. */
export interface SpectrumArtefact
  extends Omit<SpectrumReport, "largest" | "smallest" | "density" | "effort">,
    Partial<Pick<SpectrumReport, "effort">>,
    Omit<DrawnSpectrum, "outliers"> {
  /** Where the point is: words. */
  readonly at: string;
}

/**
 * The density of eigenvalues over a symmetric-log axis, with its standard error as a band, and the eigenvalues that are
 * known one by one as sticks; those that are negative beyond their error in the colour of descent.
 *
 * @param rate - the learning rate that the run had: gradient descent is stable along eigenvectors whose eigenvalue is below 2/rate
 */
export function spectrumChart(
  { density, largest, smallest }: DrawnSpectrum,
  style: Style,
  { title = "", rate }: { readonly title?: string; readonly rate?: number | undefined } = {},
): Chart {
  const known = [...largest, ...smallest];
  const values = known.map(({ value }) => value);
  const at = density?.at ?? [];
  const reach = (list: Iterable<number>) => Math.max(0, ...list);
  const high = reach([...values, at.at(-1) ?? 0]);
  const low = -reach([...values, at[0] ?? 0].map((value) => -value));
  const peak = reach(density?.density ?? [1]);
  // Smaller densities are below what the quadrature resolves.
  const floor = peak * 1e-6;
  const stable = rate === undefined ? undefined : 2 / rate;
  const right = Math.max(high * 1.3, stable !== undefined && stable < 30 * high ? stable * 1.3 : 0);
  const stick = (
    name: string,
    colour: string,
    wanted: (one: { value: number; error: number }) => boolean,
  ): Series[] => {
    const points = known.filter(wanted).map(({ value }) => [value, peak] as const);
    return points.length === 0 ? [] : [{ name, points, as: "sticks", colour }];
  };
  const descends = ({ value, error }: { value: number; error: number }): boolean => value < -error;
  const rules: Rule[] =
    stable === undefined || stable > right
      ? []
      : [{ from: stable, to: right, label: "unstable at this rate", ink: "alarm" }];
  return {
    title,
    x: {
      ...{ label: "eigenvalue", scale: "symlog", domain: [low * 1.3, right || 1] },
      linear: density?.width ?? Math.max(high, -low) / 1e3,
    },
    y: { label: "density", scale: "log", domain: [floor || 1e-6, peak * 2 || 2] },
    series: [
      ...(density === undefined
        ? []
        : [
            {
              name: "density",
              points: at.map((t, i) => [t, Math.max(floor, density.density[i]!)] as const),
              band: at.map((t, i) => {
                const [value, error] = [density.density[i]!, density.standardError[i]!];
                return [t, Math.max(floor, value - error), Math.max(floor, value + error)] as const;
              }),
            },
          ]),
      ...stick("known eigenvalues", style.curves[2]!, (one) => !descends(one)),
      ...stick("negative: the loss descends", style.descent, descends),
    ],
    rules,
  };
}

/** The densities of several spectra over one symmetric-logarithmic axis; of one without, its known eigenvalues as dots. */
export function spectraChart(
  spectra: readonly (DrawnSpectrum & { readonly name: string; readonly hue?: number })[],
  title: string,
): Chart {
  const peak = Math.max(1e-3, ...spectra.flatMap(({ density }) => density?.density ?? []));
  const floor = peak * 1e-6;
  const linear = Math.max(1e-9, ...spectra.map(({ density }) => density?.width ?? 0));
  return {
    title,
    x: { label: "eigenvalue", scale: "symlog", linear },
    y: { label: "density", scale: "log", domain: [floor, 2 * peak] },
    series: spectra.map(({ name, hue, density, largest, smallest }): Series => {
      const own = { name, ...(hue !== undefined && { hue }) };
      if (density === undefined) {
        const known = [...smallest, ...largest].map(({ value }) => [value, 2 * floor] as const);
        return { ...own, as: "dots", points: known };
      }
      const points = density.at.map((at, i) => [at, Math.max(floor, density.density[i]!)] as const);
      return { ...own, points };
    }),
  };
}
