import type { CommandEntry } from "./command.ts";
import { untilKinds } from "./runView.ts";
import { verdictKinds } from "./verdictMark.ts";

const settingWords = ["[key=value...]", "what to set instead of its default"] as const;
const seedFlag = ["--seed <n>", "the one source of randomness (default: 0)"] as const;
const expectFlag = ["--expect <kind>", "leave with 3 unless the verdict is this one"] as const;
const timeFlag = [
  "--time <t>",
  "end after 90s, 10m, 1.5h, and leave with 8; the run can be resumed",
] as const;
const untilFlag = [
  "--until <kind>",
  "go on, run after run, until the verdict is this one; leaves with 8 if a limit comes first",
] as const;
const pauseFlag = [
  "--pause <share>",
  "stop after this part of the steps, as 0.25 or 25%; the run can be resumed",
] as const;
const tagFlag = ["--tag <words>", "tags to find the run by, separated by commas"] as const;
const jsonlFlag = [
  "--jsonl",
  "tell each event as a line of JSON on stdout, and the result as the last",
] as const;
const checkpointFlag = ["--checkpoint <t>", "time between checkpoints (default: 10s)"] as const;

const runsWord = [
  "<run>",
  "an id, a unique beginning of one, a name, @ (the latest), @2 …, or a filter in quotes",
] as const;

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: "init",
    words: [
      ["[template]", "function, mlp (the default), matrix or sweep"],
      ["[dir]", "the folder, made if it is not there (default: this one)"],
    ],
    summary: "write a small file to begin with, which runs as it is",
    flags: [
      ["--list", "tell the templates"],
      ["--force", "replace files that are there"],
    ],
    values: { template: ["function", "mlp", "matrix", "sweep"] },
    load: async () => (await import("./commands/init.ts")).init,
  },
  {
    name: "train",
    words: [["<file>", "a .ts or .js file that exports defineTraining({ … })"], settingWords],
    summary: "train what a file exports, and tell what kind of point it reached",
    flags: [
      seedFlag,
      ["--steps <n>", "steps in all, instead of epochs; with --until, of all runs together"],
      ["--engine <name>", "js or onnx (default: by size)"],
      ["--threads <n>", "threads of one operation (default: all cores)"],
      ["--change <change>", "one change to what the file says, as rate:0.1 (nadir diagnose --fix)"],
      ["--begin <run>", "with the params where another run ended, and its model's state"],
      untilFlag,
      timeFlag,
      pauseFlag,
      checkpointFlag,
      expectFlag,
      ["--name <text>", "what to call the run (default: the file's name)"],
      tagFlag,
      jsonlFlag,
      ["--open", "show it in the studio, which stays when it has ended, until Ctrl-C"],
      ["--dry-run", "tell the settings and where each comes from, and run nothing"],
    ],
    values: { engine: ["js", "onnx"], expect: verdictKinds, until: untilKinds },
    load: async () => (await import("./commands/train.ts")).train,
  },
  {
    name: "range",
    words: [["<file>", "a .ts or .js file that exports defineTraining({ … })"], settingWords],
    summary: "try growing learning rates in one short training, and suggest one",
    flags: [
      ["--from <rate>", "the first rate (default: 1e-6)"],
      ["--to <rate>", "the last rate (default: 10)"],
      ["--steps <n>", "steps, at least 20 (default: 200)"],
      seedFlag,
      ["--picture <file>", "write the losses there, as SVG"],
    ],
    load: async () => (await import("./commands/range.ts")).range,
  },
  {
    name: "minimize",
    words: [
      ["<target>", "a .ts or .js file that exports a function, or a test function's name"],
      [
        "[key=value...]",
        "x0, method, tolerance, maxIterations, maxEvaluations, lower, upper, or an option of the method",
      ],
    ],
    summary: "minimize a function, and tell what kind of point it reached",
    flags: [
      seedFlag,
      timeFlag,
      expectFlag,
      ["--name <text>", "what to call the run (default: the function's name)"],
      tagFlag,
      jsonlFlag,
    ],
    values: { expect: verdictKinds },
    keys: [
      ...["x0", "method", "tolerance", "maxIterations", "maxEvaluations", "lower", "upper"],
      ...["dimension", "learningRate", "escapeSaddles"],
    ],
    load: async () => (await import("./commands/minimize.ts")).minimize,
  },
  {
    name: "race",
    words: [
      ["<target>", "a file that exports a training or a function, or a test function's name"],
      [
        "[key=value...]",
        "adam.learningRate=0.01 of one method, learningRate of all rules, or of the problem",
      ],
    ],
    summary: "run several methods on one problem at the same price, and rank them",
    flags: [
      ["--methods <names>", "who races, separated by commas"],
      ["--seeds <n>", "runs of each method (default: 5)"],
      ["--budget <n>", "evaluations for each run, in units of one gradient (default: 2000)"],
      ["--time <t>", "seconds for each run, instead"],
      ["--no-store", "keep no records of the runs"],
    ],
    load: async () => (await import("./commands/race.ts")).race,
  },
  {
    name: "sweep",
    words: [
      ["[file]", "a .ts or .js file that exports defineTraining({ … })"],
      [
        "[key=values...]",
        "64,128 (a choice), 0.1..0.9, log:1e-4..1e-1, int:1..8, logint:16..512, or one value for all",
      ],
    ],
    summary: "train a file under many settings, several at a time, and rank them",
    flags: [
      ["--strategy <name>", "random (the default), grid, halving, hyperband or bayesian"],
      ["--trials <n>", "settings to try (default: 20; of a grid all)"],
      ["--metric <name>", "what to compare (default: validation loss, test loss, or loss)"],
      ["--goal <word>", "min or max (default: max for accuracy, auc, f1, r2 … else min)"],
      ["--workers <n>", "trainings at a time, each a process (default: all cores)"],
      ["--threads <n>", "threads of each (default: cores / workers)"],
      ["--steps <n>", "steps of a whole training, instead of its own"],
      ["--levels <n>", "grid: values of each range (default: 5)"],
      ["--eta <n>", "halving, hyperband: one in so many goes on (default: 3)"],
      [
        "--smallest <share>",
        "hyperband: the least part of a training that tells anything (default: 1/27)",
      ],
      [
        "--stop-bad",
        "stop trainings early that are worse than the median of the others at as many steps",
      ],
      ["--patience <t>", "a training that takes longer counts as hung, and is tried again"],
      seedFlag,
      ["--name <text>", "what to call the sweep (default: the file's name)"],
      ["--resume [sweep]", "go on with a sweep that was interrupted (default: the latest)"],
    ],
    values: {
      strategy: ["random", "grid", "halving", "hyperband", "bayesian"],
      goal: ["min", "max"],
    },
    load: async () => (await import("./commands/sweep.ts")).sweep,
  },
  {
    name: "resume",
    words: [["[run]", "an id, a name, @ (the latest), @2 … (default: @)"]],
    summary: "go on with a run that was interrupted or killed, bit for bit",
    flags: [
      ["--from <step>", "from the checkpoint of this step, and not from the last"],
      untilFlag,
      ...[timeFlag, pauseFlag, checkpointFlag, expectFlag, jsonlFlag],
    ],
    values: { expect: verdictKinds, until: untilKinds },
    load: async () => (await import("./commands/resume.ts")).resume,
  },
  {
    name: "escape",
    words: [["<run>", "a run that ended at a saddle: its id, a name, @ (the latest), @2 …"]],
    summary: "a new run that begins beside a saddle, lower along its direction of descent",
    flags: [
      ["--both", "two runs, one each way, and what they came to beside each other"],
      ["--side <way>", "along or against the direction (default: where it is lower)"],
      ...[timeFlag, checkpointFlag, expectFlag],
    ],
    values: { side: ["along", "against"], expect: verdictKinds },
    load: async () => (await import("./commands/escape.ts")).escapeCommand,
  },
  {
    name: "ls",
    words: [
      ["[filter...]", "method=adam, loss<0.1, saddle, tag:paper, since:2d, name:mlp*, !crashed"],
    ],
    summary: "list the runs in the store, or those that a filter finds, newest first",
    flags: [
      ["--limit <n>", "at most this many (default: 20)"],
      ["--verdict <kind>", "only runs that ended so: local-minimum, saddle …"],
      ["--all", "archived runs too"],
    ],
    values: { verdict: verdictKinds },
    load: async () => (await import("./commands/ls.ts")).ls,
  },
  {
    name: "tag",
    words: [runsWord, ["[tags...]", "words to find it by; without one, its tags are told"]],
    summary: "give runs tags, or take them",
    flags: [["--remove", "take these tags"]],
    load: async () => (await import("./commands/tag.ts")).tag,
  },
  {
    name: "note",
    words: [
      ["<run>", "an id, a unique beginning of one, a name, @ (the latest), @2 …"],
      ["[text...]", "what is to be noted; without it, its notes are told"],
    ],
    summary: "write a note on a run, or on one of its steps",
    flags: [
      ["--step <n>", "of this step"],
      ["--remove <n>", "take away the note of this number"],
    ],
    load: async () => (await import("./commands/note.ts")).note,
  },
  {
    name: "rm",
    words: [["<runs...>", runsWord[1]]],
    summary: "delete runs, after asking, or put them away",
    flags: [
      ["--yes", "delete without asking"],
      ["--archive", "put them away instead: ls and @ pass them over"],
      ["--restore", "take back --archive"],
    ],
    load: async () => (await import("./commands/rm.ts")).rm,
  },
  {
    name: "gc",
    words: [],
    summary: "tell what the store holds and nothing needs, and free it",
    flags: [
      ["--yes", "remove it; without, it is only told"],
      [
        "--checkpoints",
        "the earlier checkpoints of ended runs too, which landscapes through training need",
      ],
    ],
    load: async () => (await import("./commands/gc.ts")).gc,
  },
  {
    name: "show",
    words: [["<run>", "an id, a unique beginning of one, a name, @ (the latest), @2 …"]],
    summary: "show one run: verdict, evidence, figures, settings",
    load: async () => (await import("./commands/show.ts")).show,
  },
  {
    name: "watch",
    words: [["[run]", "an id, a name, @ (the latest), @2 … (default: @)"]],
    summary: "follow a run from another terminal: its curve, live, and its verdict when it ends",
    flags: [["--metric <name>", "whose curve is drawn (default: loss)"]],
    load: async () => (await import("./commands/watch.ts")).watch,
  },
  {
    name: "compare",
    words: [["<runs...>", "two runs or more, each an id, a name, @, @2 …; or a filter in quotes"]],
    summary: "what differs between runs, what it did, and whether that exceeds what seeds do",
    flags: [
      ["--baseline <run>", "the one that the others are compared with (default: the first)"],
      ["--all", "equal settings too"],
      ["--metric <name>", "whose curves are drawn (default: loss)"],
      ["--by <axis>", "align the curves by step, epoch, time or evaluations (default: step)"],
      ["--path", "the loss between the ends of two trainings: the line, and a fitted curve"],
    ],
    values: { by: ["step", "epoch", "time", "evaluations"] },
    load: async () => (await import("./commands/compare.ts")).compare,
  },
  {
    name: "convexity",
    words: [
      ["<target>", "a file that exports a function or a training, or a test function's name"],
      ["[key=value...]", "x0 or dimension of a function, settings of a training"],
    ],
    summary: "prove that a loss is convex, or show by a witness that it is not",
    flags: [["--seed <n>", "of the search for a witness, and of drawn params (default: 0)"]],
    load: async () => (await import("./commands/convexity.ts")).convexity,
  },
  {
    name: "diagnose",
    words: [
      ["<run>", "a training: its id, name, @ (the latest)"],
      ["[other]", "another run of the same training: the way between the two"],
    ],
    summary: "what a training suffers from, by what is measured, and the one change to try",
    flags: [
      ["--fix", "make that change in a new run, and compare"],
      ["--only <parts>", "findings, spectrum, health, landscape (default: the first three)"],
      [
        "--plane <kind>",
        "landscape: on the plane of its path, of the most curved directions, or a random one (default: a random line)",
      ],
      ["--grid <n>", "landscape: values along each direction (default: 25, of a line 51)"],
      ["--density", "spectrum: the density of all eigenvalues as well (240 products)"],
      ["--effort <n>", "1 to 4: each doubles rows and products (default: 2)"],
      ["--tol <x>", "relative tolerance of eigenvalues (default: 1e-5 in f32)"],
      ["--rows <n>", "rows of the data to look at, drawn by the seed"],
    ],
    values: {
      only: ["findings", "spectrum", "health", "landscape"],
      plane: ["path", "curvature", "random"],
      effort: ["1", "2", "3", "4"],
    },
    load: async () => (await import("./commands/diagnose.ts")).diagnose,
  },
  {
    name: "spectrum",
    words: [
      [
        "<target>",
        "a run, a file that exports a training or a function, or a test function's name",
      ],
      ["[key=value...]", "x0 or dimension of a function, settings of a training"],
    ],
    summary: "eigenvalues of the Hessian at a point: both ends, outliers, trace",
    flags: [
      ["--rows <n>", "rows of the data to look at, drawn by the seed (default: all)"],
      ["--largest <n>", "eigenvalues from the upper end (default: 6)"],
      [
        "--layer <patterns>",
        "only the block of these params, as 2 or **.weight, separated by commas",
      ],
      ["--matrix <name>", "hessian or gauss-newton (default: hessian)"],
      seedFlag,
      ["--density", "the density of all eigenvalues as well (240 products; in --json)"],
      ["--products <n>", "at most so many for both ends (default: 1000)"],
      ["--tol <x>", "relative tolerance of eigenvalues (default: 1e-5 in f32, 1e-8 in f64)"],
      ["--dtype <type>", "arithmetic: f32 or f64 (default: the training's; a function's is f64)"],
      ["--picture <file>", "write the density there, as SVG"],
    ],
    values: { matrix: ["hessian", "gauss-newton"] },
    load: async () => (await import("./commands/spectrum.ts")).spectrum,
  },
  {
    name: "landscape",
    words: [
      [
        "<target>",
        "a run, a file that exports a training or a function, or a test function's name",
      ],
      ["[key=value...]", "x0 or dimension of a function, settings of a training"],
    ],
    summary: "the loss on a plane or a line through a point",
    flags: [
      [
        "--plane <kind>",
        "random (filter-normalised), curvature, gradient, or trajectory of a run (default: random)",
      ],
      ["--to <run>", "instead of --plane: the plane that leads to where another run ended"],
      ["--through <step>", "moved through that checkpoint of the run, 0 for where it began"],
      ["--place <a,b>", "instead of a grid: the loss at this one place of the plane"],
      ["--line", "along the first direction alone"],
      ["--grid <n>", "values along each direction (default: 25, of a line 51)"],
      ["--span <x>", "from -x to x in units of the directions (default: 1)"],
      ["--rows <n>", "rows of the data to look at, drawn by the seed (default: all)"],
      seedFlag,
      ["--picture <file>", "write the slice there, as SVG"],
      [
        "--jsonl",
        "coarse to fine, one JSON object a line: 11 values along each direction, 21, all",
      ],
    ],
    values: { plane: ["random", "curvature", "gradient", "trajectory"] },
    load: async () => (await import("./commands/landscape.ts")).landscape,
  },
  {
    name: "query",
    words: [
      ["[sql]", "one SELECT; without it, the tables and their columns are told"],
      ["[runs...]", "of these alone: ids, names, a filter in quotes (default: all)"],
    ],
    summary: "ask runs and what they measured in SQL, which reads and changes nothing",
    flags: [
      ["--csv", "as CSV, in full precision"],
      ["--limit <n>", "rows at most (default: 1000)"],
    ],
    load: async () => (await import("./commands/query.ts")).query,
  },
  {
    name: "export",
    words: [["[runs...]", "ids, names, a filter, @ (the latest, the default), @2 …"]],
    summary:
      "write what runs measured as CSV, JSON Lines, Parquet or TensorBoard files; whole runs as one; or the playground",
    flags: [
      [
        "--as <form>",
        "csv (the default), jsonl, parquet, tensorboard, or nadir: whole runs, for nadir import",
      ],
      [
        "--out <path>",
        "the file, or the folder of event files (default: CSV and JSON Lines to stdout)",
      ],
      [
        "--table <name>",
        "series (a row a step; the default) or runs (a row a run; of all, if none is named)",
      ],
      ["--series <names>", "only these series, separated by commas"],
      ["--checkpoints", "--as nadir: with the last checkpoint of each, so that it can be resumed"],
      [
        "--html",
        "the studio's pages of these runs in one file, to be read without a server (--out FILE.html)",
      ],
      [
        "--play",
        "the playground instead: --out FOLDER to be hosted, or --out FILE.html (default: nadir-play)",
      ],
    ],
    values: { as: ["csv", "jsonl", "parquet", "tensorboard", "nadir"], table: ["series", "runs"] },
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  {
    name: "import",
    words: [
      [
        "<paths...>",
        "FILE.nadir, TensorBoard event files, or folders of those: each folder is a run",
      ],
    ],
    summary: "take runs over from another store's export, or from TensorBoard",
    load: async () => (await import("./commands/import.ts")).importCommand,
  },
  {
    name: "plot",
    words: [
      [
        "[runs...]",
        "ids, names, @ (the latest) …; several are drawn into one picture (default: @)",
      ],
    ],
    summary: "draw a figure of runs into an SVG or PDF file, as the studio draws it",
    flags: [
      ["--kind <kind>", "loss, landscape, spectrum or health (default: loss)"],
      ["--out <file>", "where to write it; FILE.pdf for a PDF (default: RUN-KIND.svg)"],
      ["--paper", "for a column of a paper: 3.3 inches, letters of 8 points"],
      ["--data", "write what is drawn beside it, as CSV"],
    ],
    values: { kind: ["loss", "landscape", "spectrum", "health"] },
    load: async () => (await import("./commands/plot.ts")).plot,
  },
  {
    name: "methods",
    words: [["[name]", "a method; without it, all of them"]],
    summary: "list the methods, or tell one's guarantee, price and source",
    flags: [["--kind <kind>", "only these: solver, rule, transform, schedule, penalty"]],
    values: { kind: ["solver", "rule", "transform", "schedule", "penalty"] },
    load: async () => (await import("./commands/methods.ts")).methods,
  },
  {
    name: "explain",
    words: [["[term...]", "a term, a verdict or a method; without it, all terms"]],
    summary: "explain a term in plain words, and what to do about it",
    load: async () => (await import("./commands/explain.ts")).explain,
  },
  {
    name: "bench",
    words: [
      [
        "[suite]",
        "steps (training; the default), solves (whole solves), classical (solvers compared), sparse, oracle, recovery, support, subset (regression), robust (wrong labels)",
      ],
    ],
    summary: "time nadir beside the peers that this machine has, on the same work",
    flags: [
      ["--only <cases>", "case ids, or an experiment's cases or methods, separated by commas"],
      ["--seeds <n>", "seeds of an experiment (default: its own number)"],
      ["--pictures <dir>", "write an experiment's pictures there, as SVG"],
      ["--budget <ms>", "about how long to measure each (default: 1000)"],
      ["--no-peers", "nadir alone"],
    ],
    load: async () => (await import("./commands/bench.ts")).bench,
  },
  {
    name: "studio",
    words: [["[run]", "open its page: an id, a name, @ (the latest) …"]],
    summary: "show the run store in a browser: live curves, verdicts, landscapes",
    flags: [
      ["--port <n>", "where to listen, 0 for any (default: 4141, or the next that is free)"],
      ["--host <address>", "listen there, for other machines too; needs --token"],
      ["--token", "with --host: yes, whoever has the link may look"],
      [
        "--write",
        "let the pages tag, note, archive, delete, measure, resume and stop runs (default: only show)",
      ],
      ["--no-open", "start no browser"],
    ],
    load: async () => (await import("./commands/studio.ts")).studio,
  },
  {
    name: "doctor",
    words: [],
    summary: "check this machine and the run store, and say what to do",
    flags: [["--repair", "take what can be read of a damaged store into a new one beside it"]],
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "completion",
    words: [
      ["<shell>", "bash, zsh or fish"],
      ["[words...]", "after --, a line up to the cursor: what may stand there, as the shell asks"],
    ],
    summary: "what a shell reads to complete commands, flags, runs and settings",
    values: { shell: ["bash", "zsh", "fish"] },
    load: async () => (await import("./commands/completion.ts")).completionOf(commands),
  },
];
