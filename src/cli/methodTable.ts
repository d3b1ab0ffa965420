import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import * as constraints from "../methods/constraints/registry.ts";
import { type MethodInfo, priceInWords } from "../methods/method.ts";
import * as penalties from "../methods/penalties/registry.ts";
import * as rules from "../methods/rules/registry.ts";
import * as schedules from "../methods/schedules/registry.ts";
import * as lineSearches from "../methods/solvers/lineSearches/registry.ts";
import * as solvers from "../methods/solvers/registry.ts";
import { type ExitCode, exitCode } from "./exitCodes.ts";
import { wrap } from "./format.ts";
import type { Output } from "./output.ts";

/** The kinds of methods, in the order they are listed. */
export const methodKinds = [
  "solver",
  "line-search",
  "rule",
  "transform",
  "schedule",
  "penalty",
  "constraint",
] as const satisfies readonly MethodInfo["kind"][];

/** Everything that is registered, in the order it is listed. */
export const allMethods: readonly MethodInfo[] = [
  solvers,
  lineSearches,
  rules,
  schedules,
  penalties,
  constraints,
]
  .flatMap((registry) => Object.values(registry))
  .flatMap((make) => ("info" in make ? [make.info] : []))
  .sort(
    (a, b) =>
      methodKinds.indexOf(a.kind) - methodKinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1),
  );

/** The registered method of this name, whatever its case. */
export const findMethod = (word: string): MethodInfo | undefined =>
  allMethods.find(({ name }) => name.toLowerCase() === word.toLowerCase());

/** The registered method of this name. @throws NadirError `methods/unknown` with the nearest one */
export function requireMethod(word: string): MethodInfo {
  const info = findMethod(word);
  if (info !== undefined) return info;
  const names = allMethods.map(({ name }) => name);
  const near = nearest(word, names);
  throw new NadirError("methods/unknown", `there is no method "${word}"`, {
    expected: `one of ${names.join(", ")}`,
    hint: near === undefined ? "nadir methods" : `did you mean ${near}?`,
  });
}

/** Tells one method: what it is, its guarantee, price and source. */
export function tellMethod(info: MethodInfo, output: Output): ExitCode {
  const { colors } = output;
  const width = Math.min(100, output.columns);
  const part = (title: string, text: string): string[] => [
    colors.cyan(`  ${title}`),
    wrap(text, width, "  "),
    "",
  ];
  const text = (): string =>
    [
      `${colors.bold(info.name)}  ${colors.dim(info.kind)}`,
      wrap(info.summary, width, "  "),
      "",
      ...part("guarantee", info.guarantee),
      ...part("price", priceInWords(info)),
      wrap(`source: ${info.source}`, width, "  "),
    ].join("\n");
  output.result(text, { schema: "nadir.method/1", ...info, priceInWords: priceInWords(info) });
  return exitCode.done;
}
