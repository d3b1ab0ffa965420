// Numbers and times as tables show them. The width is bounded: a column never jumps.

/** A number in at most 8 characters: 0.0391, 3.1e-5, 1.25e6. */
export function shortNumber(value: number | undefined, digits = 3): string {
  if (value === undefined) return "";
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  }
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e5)) return trim(value.toPrecision(digits + 1));
  return value
    .toExponential(digits - 1)
    .replace("e+", "e")
    .replace(/\.?0+e/, "e");
}

const trim = (text: string): string =>
  text.includes("e")
    ? String(Number(text))
    : text.includes(".")
      ? text.replace(/\.?0+$/, "")
      : text;

/** 8 000, 1.2 M: how many. */
export function shortCount(value: number | undefined): string {
  if (value === undefined) return "";
  if (value < 10_000) return value.toLocaleString("en").replace(",", " ");
  if (value < 1e6) return `${trim((value / 1e3).toPrecision(3))} k`;
  return `${trim((value / 1e6).toPrecision(3))} M`;
}

/** How long ago: 5s, 3m, 2h, 4d. */
export function shortAge(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** A setting's value as a cell shows it. */
export const shortSetting = (value: unknown): string =>
  typeof value === "number" ? shortNumber(value) : value === undefined ? "" : String(value);

/** A time of day: 14:02:11. */
export const clock = (time: number): string =>
  new Date(time).toLocaleTimeString(undefined, { hour12: false });
