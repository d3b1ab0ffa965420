/** Numbers, times and small pictures as the terminal shows them. Plain text, no colour. */

/** `0.0412`, `1 250`, `3.1e-3`: `digits` significant digits, one fewer beside an exponent. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return formatCount(value);
  if (size >= 1e-2 && size < 1e5) return Number(value.toPrecision(digits)).toString();
  return value.toExponential(Math.max(0, digits - 2)).replace(/\.?0*e\+?/, "e");
}

/** A whole number with its thousands apart: `101 770`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, " ");
}

/** A part of one as per cent with one decimal: `95.1 %`. */
export const formatPercent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** A duration in its two largest units: `4.7 s`, `1 min 20 s`, `2 h 5 min`; from a hundred hours on in days. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 1e-3) return `${formatNumber(seconds * 1e6, 2)} µs`;
  if (seconds < 1) return `${formatNumber(seconds * 1e3, 2)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole >= 100 * 3600) return `${formatNumber(whole / 86_400)} d`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** How long ago, in its largest unit: `now`, `5 min`, `3 h`, `2 d`. */
export function formatAge(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 1) return "now";
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1440)} d`;
}

/** `12.4 MB`, in powers of ten. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${formatNumber(bytes / 1000 ** power)} ${units[power]}`;
}

/** `testAccuracy` as words: `test accuracy`. */
export const wordsOf = (name: string): string =>
  name.replace(
    /([a-z\d])([A-Z])/g,
    (_, low: string, high: string) => `${low} ${high.toLowerCase()}`,
  );

const bars = "▁▂▃▄▅▆▇█";

/** The series as `width` bars from its lowest to its highest; by magnitude if all are positive. Gaps are not finite. */
export function sparkline(values: readonly number[], width: number): string {
  const positive = values.every((value) => !(value <= 0));
  const level = (value: number): number => (positive ? Math.log(value) : value);
  const count = Math.min(width, values.length);
  // Each bar is the last value of its part, so that the newest value is always seen.
  const heights = Array.from({ length: count }, (_, i) =>
    level(values[Math.ceil(((i + 1) * values.length) / count) - 1] ?? Number.NaN),
  );
  const finite = heights.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return heights
    .map((height) => {
      if (!Number.isFinite(height)) return " ";
      const part = high > low ? (height - low) / (high - low) : 0;
      return bars[Math.min(bars.length - 1, Math.floor(part * bars.length))];
    })
    .join("");
}

/** A table: columns as wide as their widest cell, two spaces apart; `right` names those aligned to the right. */
export function formatTable(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
  }
  const pad = (cell: string, i: number): string => {
    const gap = " ".repeat((widths[i] ?? 0) - widthOf(cell));
    return right.has(i) ? gap + cell : cell + gap;
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** Text broken at spaces into lines of at most `width`, each after `indent`. */
export function wrap(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(indent + longer) > width) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line].join("\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const colours = /\u001b\[\d+m/g;

/** Columns that a text takes in a terminal. Ours has no wide characters. */
export const widthOf = (text: string): number => [...text.replace(colours, "")].length;
