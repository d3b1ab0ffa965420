import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { Suite } from "../bench/case.ts";
import { classical } from "../bench/classical.ts";
import { reference, runSuite } from "../bench/run.ts";
import { steps } from "../bench/steps.ts";
import { nodeSystem, oneAndAll, peers } from "../bench/systems.ts";
import { caseTable, footer } from "../bench/table.ts";
import { type Command, countFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";

const suites: Readonly<Record<string, Suite>> = { steps, classical };

/** nadir's own side of the benchmark: the functions that `fit` and `minimize` use, in a process like the peers'. */
const own = nodeSystem("nadir", {
  name: reference,
  license: "MIT",
  kinds: ["step", "epochs", "curvature", "solve", "collection"],
  threads: oneAndAll(),
  rows: "best",
});

/** `nadir bench [SUITE]`: times nadir and every peer that this machine has, on the same work, in one run. */
export const bench: Command = async ({ words, flags, output }) => {
  const [name = "steps"] = words;
  const suite = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (suite === undefined) {
    const near = nearest(name, Object.keys(suites));
    throw new NadirError("bench/suite", `there is no suite "${name}"`, {
      expected: `one of ${Object.keys(suites).join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
  const wanted = typeof flags["only"] === "string" ? flags["only"].split(",") : undefined;
  const cases =
    wanted === undefined ? suite.cases : suite.cases.filter(({ id }) => wanted.includes(id));
  if (cases.length === 0) {
    throw new NadirError("bench/case", `suite ${name} has no case of ${wanted?.join(", ")}`, {
      expected: suite.cases.map(({ id }) => id).join(", "),
    });
  }
  const budgetMs = countFlag(flags, "budget");
  const systems = flags["peers"] === false ? [own] : [own, ...peers()];
  const report = await runSuite(
    { ...suite, cases },
    {
      systems,
      ...(budgetMs === undefined ? {} : { budgetMs }),
      onProgress: (benchCase, system) =>
        output.note(`timing ${system.name} on: ${benchCase.title}`),
      onRows: (benchCase, rows) => {
        if (!output.json)
          output.result(() => `${caseTable(benchCase, rows)}\n`, { schema: "nadir.bench/1" });
      },
    },
  );
  output.result(() => footer(report), { ...report });
  return exitCode.done;
};
