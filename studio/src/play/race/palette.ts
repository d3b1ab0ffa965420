import { dark, token } from "../../app/theme.ts";

/** Colours of one theme. */
export interface Palette {
  readonly dark: boolean;
  /** Of heights, from the lowest. */
  readonly heights: readonly string[];
  readonly contour: string;
  readonly halo: string;
  /** Of racers. */
  readonly racers: readonly string[];
}

/** Racers have the studio's series colours, which are told apart with any kind of sight; lines of curves have dashes as well. */
export const racerColour = (index: number): string => `var(--series-${index % 8})`;
export const racerDashes = ["", "7 3", "2 3", "10 3 2 3", "", "4 2"];

const day: Omit<Palette, "racers"> = {
  dark: false,
  heights: ["#27587a", "#3f7f9c", "#6fa8b5", "#a5c9c6", "#d3e1d4", "#efeedd", "#fbf7ea"],
  ...{ contour: "rgba(20, 50, 70, 0.22)", halo: "rgba(255, 255, 255, 0.9)" },
};

const night: typeof day = {
  dark: true,
  heights: ["#040b16", "#0a1c2e", "#123349", "#1c4c5f", "#2e6a73", "#4d8883", "#7ca79a"],
  ...{ contour: "rgba(190, 225, 230, 0.16)", halo: "rgba(2, 8, 16, 0.85)" },
};

/** The palette of the theme that is on. */
export function paletteNow(): Palette {
  const racers = racerDashes.map((_, i) => token(`series-${i}`));
  return { ...(dark.peek() ? night : day), racers };
}

/** A colour between those of a ramp, at a place from 0 to 1. */
export function between(ramp: readonly string[], place: number): [r: number, g: number, b: number] {
  const at = Math.min(1, Math.max(0, place)) * (ramp.length - 1);
  const index = Math.min(ramp.length - 2, Math.floor(at));
  const [a, b] = [channels(ramp[index]!), channels(ramp[index + 1]!)];
  const mix = (i: number): number => Math.round(a[i]! + (b[i]! - a[i]!) * (at - index));
  return [mix(0), mix(1), mix(2)];
}

const channels = (hex: string): number[] =>
  [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));

export const css = ([r, g, b]: readonly [number, number, number]): string =>
  `rgb(${r}, ${g}, ${b})`;
