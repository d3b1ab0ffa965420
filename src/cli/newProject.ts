import { existsSync, readdirSync, readFileSync, statSync, unlinkSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { NadirError } from "../base/errors.ts";
import { packageRoot } from "../base/packageRoot.ts";
import { packageVersion } from "../runs/machine.ts";
import { makeFolder } from "../runs/storeFolder.ts";
import { writeOutputFile } from "./outputFile.ts";
import { shownPath } from "./shownPath.ts";

/** A file of examples/start/, to begin with. */
export interface Template {
  readonly summary: string;
  /** What runs it, after `nadir`. */
  readonly run: string;
}

/** What `nadir init` can write, by name: each is the file of that name in examples/start/. */
export const templates = {
  function: { summary: "a function of a few unknowns, minimized", run: "minimize function.ts" },
  mlp: { summary: "a small network, trained on batches and tested", run: "train mlp.ts" },
  matrix: {
    summary: "a matrix with missing entries, as a product of two thin ones",
    run: "minimize matrix.ts",
  },
  sweep: {
    summary: "a training whose settings are searched through",
    run: "sweep sweep.ts learningRate=log:1e-3..1e-1 hidden=8,16,32 --trials 6",
  },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;

/** Files to be written into a folder: what each holds, by its name. */
type Files = ReadonlyMap<string, string>;

/**
 * The files of a new project: the template, and for a folder of its own what npm and an editor's TypeScript need. Where a
 * package.json is (in a folder that is begun in, or above it), the template alone.
 *
 * @param own - whether the folder was named, so that it is to stand alone where it is new
 * @throws NadirError `init/folder` for a file
 */
export function projectFiles(template: TemplateName, folder: string, own: boolean): Files {
  requireNoFile(folder);
  const source = new URL(`examples/start/${template}.ts`, packageRoot);
  const files = new Map([[`${template}.ts`, readFileSync(source, "utf8")]]);
  if (own ? isNew(folder) : packageAbove(folder) === undefined) {
    files.set("package.json", json(packageFor(folder)));
    files.set("tsconfig.json", json(typeScript));
  }
  return files;
}

/**
 * Writes a project's files, each whole or not at all, and none if one of them would replace another's work or cannot be
 * written.
 *
 * @param force - replace what is there
 * @returns the files' paths
 * @throws NadirError `init/exists` naming those that are there, `file/…`
 */
export function writeProject(folder: string, files: Files, force: boolean, cwd: string): string[] {
  const paths = Array.from(files.keys(), (name) => join(folder, name));
  const there = paths.filter((path) => existsSync(path));
  if (there.length > 0 && !force) {
    const names = there.map((path) => shownPath(path, cwd)).join(", ");
    throw new NadirError(
      "init/exists",
      `${names} ${there.length > 1 ? "are" : "is"} there already`,
      {
        expected: "a folder without; nothing was written",
        hint: "another folder (nadir init TEMPLATE DIR), or --force to replace",
      },
    );
  }
  makeFolder(folder, true);
  const made: string[] = [];
  try {
    for (const [name, text] of files) {
      const path = join(folder, name);
      writeOutputFile(path, [new TextEncoder().encode(text)]);
      if (!there.includes(path)) made.push(path);
    }
  } catch (error) {
    for (const path of made) unlinkSync(path);
    throw error;
  }
  return paths;
}

/** What an editor needs to check the file as nadir runs it. */
const typeScript = {
  compilerOptions: {
    ...{ target: "ES2023", module: "NodeNext", strict: true, noEmit: true },
    ...{ skipLibCheck: true, allowImportingTsExtensions: true, types: [] },
  },
};

const packageFor = (folder: string) => ({
  name:
    basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, "-")
      .replace(/^[._-]+/, "") || "minimize",
  private: true,
  type: "module",
  dependencies: { nadir: nadirFor(folder) },
});

/**
 * How a package.json in a folder names the nadir that runs: as the project that it is installed in does, so that a
 * tarball stays one; a clone by its folder.
 */
function nadirFor(folder: string): string {
  const root = resolve(fileURLToPath(packageRoot));
  const modules = dirname(root);
  if (basename(modules) !== "node_modules") return `file:${below(folder, root)}`;
  const project = dirname(modules);
  const spec = dependenciesOf(join(project, "package.json"))["nadir"];
  if (spec === undefined) return `^${packageVersion()}`;
  return spec.startsWith("file:") ? `file:${below(folder, resolve(project, spec.slice(5)))}` : spec;
}

function dependenciesOf(file: string): Readonly<Record<string, string>> {
  if (!existsSync(file)) return {};
  try {
    // npm's own file, which it has just read; what is none is no help.
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, "utf8")) as Record<
      string,
      Record<string, string> | undefined
    >;
    return { ...devDependencies, ...dependencies };
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

const below = (from: string, to: string): string => relative(from, to).replaceAll("\\", "/");

const isNew = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0;

function packageAbove(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (existsSync(file)) return file;
  const parent = dirname(folder);
  return parent === folder ? undefined : packageAbove(parent);
}

function requireNoFile(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  throw new NadirError("init/folder", `${folder} is a file`, {
    expected: "a folder, which is made if it is not there",
  });
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
