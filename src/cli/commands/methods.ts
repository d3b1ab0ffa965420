import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import * as constraints from "../../methods/constraints/registry.ts";
import { type MethodInfo, priceInWords } from "../../methods/method.ts";
import * as penalties from "../../methods/penalties/registry.ts";
import * as rules from "../../methods/rules/registry.ts";
import * as schedules from "../../methods/schedules/registry.ts";
import * as lineSearches from "../../methods/solvers/lineSearches/registry.ts";
import * as solvers from "../../methods/solvers/registry.ts";
import { type Command, wordFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatTable, wrap } from "../format.ts";
import type { Output } from "../output.ts";

const kinds = [
  "solver",
  "line-search",
  "rule",
  "transform",
  "schedule",
  "penalty",
  "constraint",
] as const satisfies readonly MethodInfo["kind"][];

/** Everything that is registered, in the order it is listed. */
const all: readonly MethodInfo[] = [solvers, lineSearches, rules, schedules, penalties, constraints]
  .flatMap((registry) => Object.values(registry))
  .flatMap((make) => ("info" in make ? [make.info] : []))
  .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1));

const titles = {
  solver: "solvers: loops that ask for values, gradients and products",
  "line-search": "line searches: how far a solver goes along its direction (lineSearch=NAME)",
  rule: "rules: what turns a gradient into a step",
  transform: "beside a rule, in a chain or around it",
  schedule: "schedules: the learning rate as a function of the step",
  penalty: "penalties: what is added to a loss, with its proximal operator",
  constraint: "constraints: sets to stay in",
} as const satisfies Record<MethodInfo["kind"], string>;

/** `nadir methods [NAME]`: what there is to minimize with; or one of them with its guarantee, price and source. */
export const methods: Command = async ({ words, flags, output }) => {
  const kind = wordFlag(flags, "kind", kinds);
  const [name] = words;
  if (name !== undefined) return one(name, output);
  const shown = kind === undefined ? all : all.filter((info) => info.kind === kind);
  output.result(() => list(shown, output), {
    schema: "nadir.methods/1",
    methods: shown.map((info) => ({ ...info, priceInWords: priceInWords(info) })),
  });
  return exitCode.done;
};

function list(shown: readonly MethodInfo[], { colors, columns }: Output): string {
  const parts = kinds.flatMap((kind) => {
    const own = shown.filter((info) => info.kind === kind);
    if (own.length === 0) return [];
    const width = Math.max(...own.map(({ name }) => name.length));
    const room = Math.max(30, columns - width - 4);
    const rows = own.map(({ name, summary }) => {
      const [first = "", ...rest] = wrap(summary, room).split("\n");
      return [[colors.bold(name), first], ...rest.map((line) => ["", line])];
    });
    return [`${colors.cyan(titles[kind])}\n${formatTable(rows.flat())}`];
  });
  return parts.join("\n\n");
}

function one(word: string, output: Output) {
  const info = all.find(({ name }) => name.toLowerCase() === word.toLowerCase());
  if (info === undefined) {
    const names = all.map(({ name }) => name);
    const near = nearest(word, names);
    throw new NadirError("methods/unknown", `there is no method "${word}"`, {
      expected: `one of ${names.join(", ")}`,
      hint: near === undefined ? "nadir methods" : `did you mean ${near}?`,
    });
  }
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
