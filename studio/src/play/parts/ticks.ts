/** Round numbers inside an interval, about five. */
export function ticks(low: number, high: number): number[] {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const unit = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) ?? raw;
  const first = Math.ceil((low + 0.04 * (high - low)) / unit);
  const last = Math.floor((high - 0.04 * (high - low)) / unit);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * unit).toPrecision(6)),
  );
}
