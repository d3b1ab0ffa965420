import { resolve } from "node:path";
import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatTable } from "../format.ts";
import { projectFiles, type TemplateName, templates, writeProject } from "../newProject.ts";
import { shownPath } from "../shownPath.ts";

const names = Object.keys(templates) as TemplateName[]; // the keys of a constant

/** `nadir init [TEMPLATE] [DIR]`: a small file to begin with, which runs as it is. It asks nothing. */
export const init: Command = async ({ words, flags, output, cwd }) => {
  const { colors } = output;
  if (flags["list"] === true) {
    const rows = names.map((name) => [
      ...[colors.bold(name), templates[name].summary],
      colors.dim(`nadir ${templates[name].run}`),
    ]);
    const list = names.map((name) => ({ name, ...templates[name] }));
    output.result(formatTable(rows), { schema: "nadir.templates/1", templates: list });
    return exitCode.done;
  }
  const template = templateOf(words[0] ?? "mlp");
  const folder = resolve(cwd, words[1] ?? ".");
  const files = projectFiles(template, folder, words[1] !== undefined);
  const written = writeProject(folder, files, flags["force"] === true, cwd);
  const steps = [
    ...(folder === cwd ? [] : [`cd ${shownPath(folder, cwd)}`]),
    ...(files.has("package.json") ? ["npm install --ignore-scripts"] : []),
    `npx nadir ${templates[template].run}`,
  ];
  const shown = written.map((path) => shownPath(path, cwd));
  output.result(
    () =>
      `wrote ${shown.join(", ")}\n${steps.map((step) => `  ${colors.cyan("→")} ${step}`).join("\n")}`,
    { schema: "nadir.init/1", template, folder, written, next: steps },
  );
  return exitCode.done;
};

/** @throws NadirError `init/template`, with the nearest */
function templateOf(word: string): TemplateName {
  const found = names.find((name) => name === word);
  if (found !== undefined) return found;
  const near = nearest(word, names);
  throw new NadirError("init/template", `there is no template "${word}"`, {
    expected: `one of ${names.join(", ")}`,
    hint: near === undefined ? "nadir init --list, which tells them" : `did you mean ${near}?`,
  });
}
