import { type MethodInfo, priceInWords } from "../../methods/method.ts";
import { type Command, wordFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatTable, wrap } from "../format.ts";
import { allMethods, methodKinds, requireMethod, tellMethod } from "../methodTable.ts";
import type { Output } from "../output.ts";

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
  const kind = wordFlag(flags, "kind", methodKinds);
  const [name] = words;
  if (name !== undefined) return tellMethod(requireMethod(name), output);
  const shown = kind === undefined ? allMethods : allMethods.filter((info) => info.kind === kind);
  output.result(() => list(shown, output), {
    schema: "nadir.methods/1",
    methods: shown.map((info) => ({ ...info, priceInWords: priceInWords(info) })),
  });
  return exitCode.done;
};

function list(shown: readonly MethodInfo[], { colors, columns }: Output): string {
  const parts = methodKinds.flatMap((kind) => {
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
