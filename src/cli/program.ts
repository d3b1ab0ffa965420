import { resolve } from "node:path";
import { Command as Parser } from "commander";
import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import { packageVersion } from "../runs/machine.ts";
import { type CommandEntry, commonFlags, type Invocation } from "./command.ts";
import { commands } from "./commands.ts";
import { describeFailure } from "./errors.ts";
import { type ExitCode, exitCode } from "./exitCodes.ts";
import { createOutput, type Sink } from "./output.ts";
import { storeOfConfig } from "./train/storeOfConfig.ts";

/** What the program may touch; a test hands in its own. */
export interface World {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => number;
}

/** Runs `nadir` with the words after its name, and says the code to leave with. It never throws. */
export async function runProgram(words: readonly string[], world: World): Promise<ExitCode> {
  try {
    return await parseAndRun(words, world);
  } catch (error) {
    return reportFailure(error, words, world);
  }
}

/** Says what failed on stderr, as JSON on stdout if that was asked for, and the code to leave with. */
export function reportFailure(error: unknown, words: readonly string[], world: World): ExitCode {
  const output = createOutput({ ...world, json: words.some((word) => /^--jsonl?$/.test(word)) });
  const debug = words.includes("--debug");
  const failure = describeFailure(error, { words, version: packageVersion(), debug });
  world.stderr.write(`${output.noteColors.red("✗")} ${failure.text}\n`);
  if (output.json) output.result("", failure.data);
  return failure.exit;
}

async function parseAndRun(words: readonly string[], world: World): Promise<ExitCode> {
  let exit: ExitCode = exitCode.done;
  const run = async (
    entry: CommandEntry,
    rest: readonly string[],
    flags: Invocation["flags"],
  ): Promise<void> => {
    const { cwd, env, now } = world;
    const output = createOutput({
      ...world,
      json: flags["json"] === true || flags["jsonl"] === true,
      quiet: flags["quiet"] === true,
    });
    const given = flags["store"];
    const store =
      typeof given === "string"
        ? resolve(cwd, given)
        : (storeOfConfig(cwd) ?? resolve(cwd, ".nadir"));
    const command = await entry.load();
    exit = await command({ words: rest, flags, output, store, cwd, env, now });
  };
  const parser = createParser(world, run);
  try {
    await parser.parseAsync(words, { from: "user" });
  } catch (error) {
    const usage = usageError(error, words);
    if (usage === "help") return exitCode.done;
    throw usage;
  }
  return exit;
}

type Run = (
  entry: CommandEntry,
  words: readonly string[],
  flags: Invocation["flags"],
) => Promise<void>;

function createParser(world: World, run: Run): Parser {
  const root = new Parser("nadir")
    .description("Minimize non-convex functions, and be told what kind of point you reached.")
    .version(packageVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .configureHelp({ subcommandTerm: termOf })
    .addHelpText("after", "\nnadir COMMAND --help tells more of a command.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      // Errors come back as exceptions, and are told by reportFailure.
      writeErr: () => {},
    });
  for (const entry of commands) {
    const command = root.command(entry.name).summary(entry.summary).description(entry.summary);
    for (const [word, meaning] of entry.words) command.argument(word, meaning);
    const common = commonFlags.filter(([flag]) => flag !== "--help");
    for (const [flag, meaning] of [...(entry.flags ?? []), ...common])
      command.option(flag, meaning);
    command
      .helpOption("-h, --help", "print this help")
      .action(() => run(entry, command.args, command.opts()));
  }
  // Without a command, the help is the answer.
  return root.action(() => root.outputHelp());
}

/** A command as the help lists it: its name and its words. */
const termOf = (command: Parser): string => {
  const words = commands.find(({ name }) => name === command.name())?.words ?? [];
  return [command.name(), ...words.map(([word]) => word)].join(" ");
};

/** Commander's complaint as one of ours; "help" if help or the version was printed. */
function usageError(error: unknown, words: readonly string[]): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string")
    return error;
  if (!error.code.startsWith("commander.")) return error;
  if (/^commander\.(help|helpDisplayed|version)$/.test(error.code)) return "help";
  const command = commands.find(({ name }) => words.includes(name));
  const help = command === undefined ? "nadir --help" : `nadir ${command.name} --help`;
  const told = /'(.*?)'/.exec(error.message)?.[1] ?? "";
  const unknownCommand = (): NadirError =>
    unknown("command", words.find((word) => !word.startsWith("-")) ?? told, [
      ...commands.map(({ name }) => name),
    ]);
  switch (error.code) {
    case "commander.unknownCommand":
    case "commander.excessArguments":
      if (command === undefined) return unknownCommand();
      return new NadirError("cli/words", `nadir ${command.name}: too many words`, { hint: help });
    case "commander.missingArgument":
      return new NadirError("cli/words", `nadir ${command?.name}: ${told} is missing`, {
        expected: `nadir ${command?.name} ${command?.words.map(([word]) => word).join(" ")}`,
        hint: help,
      });
    case "commander.unknownOption":
      // A flag of a command that there is not says nothing of what is wrong.
      if (command === undefined && !words[0]?.startsWith("-")) return unknownCommand();
      return unknown("flag", told, [
        ...[...commonFlags, ...(command?.flags ?? [])].map(
          ([flag]) => flag.split(/[ ,]/)[0] ?? flag,
        ),
      ]);
    default:
      return new NadirError("cli/usage", error.message.replace(/^error: /, ""), { hint: help });
  }
}

function unknown(what: string, name: string, known: readonly string[]): NadirError {
  const near = nearest(name, known);
  return new NadirError(`cli/unknown-${what}`, `unknown ${what} "${name}"`, {
    expected: `one of ${known.join(", ")}`,
    hint: near === undefined ? "nadir --help" : `did you mean ${near}?`,
  });
}
