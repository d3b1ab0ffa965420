import { formatBytes, formatCount, formatNumber, formatSeconds } from "./format.ts";

/** A run's cost, as far as it was counted: `213 GFLOP · 160 000 examples · train 2.9 s`. */
export function costInWords(cost: object): string {
  const { flops, examples, gradients, stateBytes, gradientEquivalents, seconds } = cost as Partial<
    Record<string, unknown>
  >;
  const given = (value: unknown, text: (value: number) => string): string[] =>
    typeof value === "number" ? [text(value)] : [];
  const parts = [
    ...given(flops, (count) => `${formatFlops(count)}`),
    ...given(examples, (count) => `${formatCount(count)} examples`),
    ...given(gradients, (count) => `${formatCount(count)} gradients`),
    ...given(gradientEquivalents, (count) => `the price of ${formatNumber(count)} gradients`),
    ...given(stateBytes, (count) => `${formatBytes(count)} of state`),
  ];
  const times = Object.entries(typeof seconds === "object" && seconds !== null ? seconds : {})
    .flatMap(([name, value]) => given(value, (time) => `${name} ${formatSeconds(time)}`))
    .join(", ");
  return [...parts, times].filter((part) => part !== "").join(" · ");
}

/** `213 GFLOP`. */
function formatFlops(count: number): string {
  const units = ["", "k", "M", "G", "T", "P"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${formatNumber(count / 1000 ** power)} ${units[power]}FLOP`;
}
