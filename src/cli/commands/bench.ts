import { resolve } from "node:path";
import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { Suite } from "../bench/case.ts";
import { certificates } from "../bench/certificates/certificates.ts";
import { classical } from "../bench/classical.ts";
import { convexOrNot } from "../bench/convexOrNot/convexOrNot.ts";
import { curvesExperiment } from "../bench/curves/suite.ts";
import { diagnosis } from "../bench/diagnosis/diagnosis.ts";
import { type Experiment, tableData, tableText, writePictures } from "../bench/experiment.ts";
import { factorization } from "../bench/factorization/suite.ts";
import { familiesExperiment } from "../bench/families.ts";
import { global } from "../bench/global/global.ts";
import { health } from "../bench/health.ts";
import { memory } from "../bench/memory.ts";
import { oracle } from "../bench/oracle.ts";
import { outliers } from "../bench/outliers.ts";
import { recovery } from "../bench/recovery.ts";
import { robust } from "../bench/robust/robust.ts";
import { reference, runSuite } from "../bench/run.ts";
import { saddles } from "../bench/saddles/suite.ts";
import { solves } from "../bench/solves.ts";
import { sparse } from "../bench/sparse.ts";
import { steps } from "../bench/steps.ts";
import { stochastic } from "../bench/stochastic/suite.ts";
import { subset } from "../bench/subset.ts";
import { support } from "../bench/support.ts";
import { nodeSystem, oneAndAll, peers } from "../bench/systems.ts";
import { caseTable, footer } from "../bench/table.ts";
import { verdicts } from "../bench/verdicts/suite.ts";
import { type Command, countFlag, type Invocation } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";

/** Suites that time nadir beside its peers. */
const suites: Readonly<Record<string, Suite>> = { steps, solves };

/** Suites that show what methods reach, and at what price. */
const experiments: Readonly<Record<string, Experiment>> = {
  certificates,
  classical,
  saddles,
  stochastic,
  curves: curvesExperiment,
  families: familiesExperiment,
  factorization,
  verdicts,
  diagnosis,
  health,
  sparse,
  oracle,
  outliers,
  recovery,
  support,
  subset,
  "convex-or-not": convexOrNot,
  robust,
  global,
  memory,
};

/** nadir's own side of the benchmark: the functions that `fit` and `minimize` use, in a process like the peers'. */
const own = nodeSystem("nadir", {
  name: reference,
  license: "MIT",
  kinds: ["step", "epochs", "curvature", "solve", "collection"],
  threads: oneAndAll(),
  rows: "best",
});

/** `nadir bench [SUITE]`: times nadir and every peer that this machine has, on the same work, in one run; or runs an experiment. */
export const bench: Command = async (invocation) => {
  const { words, flags, output } = invocation;
  const [name = "steps"] = words;
  const experiment = Object.hasOwn(experiments, name) ? experiments[name] : undefined;
  if (experiment !== undefined) return runExperiment(experiment, invocation);
  const suite = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (suite === undefined) {
    const known = Object.keys({ ...suites, ...experiments });
    const near = nearest(name, known);
    throw new NadirError("bench/suite", `there is no suite "${name}"`, {
      expected: `one of ${known.join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
  const wanted = wantedOf(flags);
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

const wantedOf = (flags: Invocation["flags"]): readonly string[] | undefined =>
  typeof flags["only"] === "string" ? flags["only"].split(",") : undefined;

/** Runs an experiment, prints its tables, and writes its pictures where `--pictures` says. */
async function runExperiment(
  experiment: Experiment,
  { flags, output, cwd }: Invocation,
): Promise<ExitCode> {
  const began = performance.now();
  const { tables, pictures } = await experiment.run(
    { only: wantedOf(flags), seeds: countFlag(flags, "seeds"), peers: flags["peers"] !== false },
    output.note,
  );
  const seconds = (performance.now() - began) / 1000;
  const folder = flags["pictures"];
  if (typeof folder === "string") {
    for (const file of writePictures(resolve(cwd, folder), pictures)) output.note(`wrote ${file}`);
  }
  output.result(() => [...tables.map(tableText), `Took ${seconds.toFixed(0)} s.`].join("\n\n"), {
    schema: "nadir.experiment/1",
    experiment: experiment.name,
    tables: tables.map(tableData),
    seconds,
  });
  return exitCode.done;
}
