import type { CommandEntry } from "./command.ts";

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: "ls",
    words: [],
    summary: "list the runs in the store, newest first",
    flags: [
      ["--limit <n>", "at most this many (default: 20)"],
      ["--verdict <kind>", "only runs that ended so: local-minimum, saddle …"],
    ],
    load: async () => (await import("./commands/ls.ts")).ls,
  },
  {
    name: "show",
    words: [["<run>", "an id, a unique beginning of one, a name, @ (the latest), @2 …"]],
    summary: "show one run: verdict, evidence, figures, settings",
    load: async () => (await import("./commands/show.ts")).show,
  },
  {
    name: "explain",
    words: [["[term...]", "a term, a verdict or a method; without it, all terms"]],
    summary: "explain a term in plain words, and what to do about it",
    load: async () => (await import("./commands/explain.ts")).explain,
  },
  {
    name: "doctor",
    words: [],
    summary: "check this machine and the run store, and say what to do",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
];
