import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { internal, NadirError } from "../../base/errors.ts";
import { packageRoot } from "../../base/packageRoot.ts";
import {
  type ExportForm,
  eventFileOf,
  exportForms,
  measuredRuns,
  tableFile,
} from "../../exchange/exportRuns.ts";
import { nadirFile } from "../../exchange/nadirFile.ts";
import { type MeasuredRun, runsTable, seriesTable } from "../../exchange/runTables.ts";
import { fileError, writeFileAtomically } from "../../runs/atomicFile.ts";
import { keptRun } from "../../runs/keptRun.ts";
import { openStore, type Store } from "../../runs/store.ts";
import { runFile } from "../../studio/runFile.ts";
import { type Command, type Invocation, wordFlag } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { formatBytes, formatCount } from "../format.ts";
import { namedRuns } from "../namedRuns.ts";
import { writeOutputFile } from "../outputFile.ts";
import { tellPlayground, writePlayground } from "../playground.ts";

/** `nadir export [RUN…]`: what runs measured, in a form that other programs read; or with --play the playground. */
export const exportCommand: Command = async ({ words, flags, output, store, cwd, now }) => {
  if (flags["play"] === true) {
    const { out } = flags;
    requireNoRuns(words, flags);
    tellPlayground(writePlayground(typeof out === "string" ? out : "nadir-play", cwd), output);
    return exitCode.done;
  }
  if (flags["html"] === true) return exportPage({ words, flags, output, store, now });
  const form = wordFlag(flags, "as", exportForms) ?? "csv";
  const only = typeof flags["series"] === "string" ? flags["series"].split(",") : undefined;
  const which = wordFlag(flags, "table", ["series", "runs"]) ?? "series";
  const out = outFor(flags, form, which);
  await using opened = await openStore(store, { readOnly: true });
  const named = namedRuns(opened, words.length > 0 ? words : which === "runs" ? [] : ["@"], now());
  if (form === "nadir") {
    const checkpoints = flags["checkpoints"] === true;
    const kept = named.toReversed().map(({ id }) => keptRun(opened, id, { checkpoints }));
    const pieces = nadirFile(kept);
    writeOutputFile(out ?? "", pieces);
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const size = `${formatCount(kept.length)} ${kept.length === 1 ? "run" : "runs"}, ${formatBytes(bytes)}`;
    const told = { schema: "nadir.export/1", files: [out ?? ""], bytes } as const;
    output.result(`${out}   ${size}`, { ...told, runs: kept.map(({ id }) => id) });
    return exitCode.done;
  }
  if (form === "tensorboard") {
    const files = eventFiles(opened, measuredRuns(opened, named, only)).map(
      ({ folder, name, pieces }) => {
        const place = join(out ?? "", folder);
        makeFolder(place);
        writeFileAtomically(join(place, name), pieces);
        return join(place, name);
      },
    );
    output.result(files.join("\n"), { schema: "nadir.export/1", files });
    return exitCode.done;
  }
  const table =
    which === "runs"
      ? runsTable(words.length === 0 ? opened.runs() : named)
      : seriesTable(measuredRuns(opened, named, only));
  const pieces = await tableFile(table, form);
  const columns = table.columns.map(({ name }) => name);
  const told = { schema: "nadir.export/1", rows: table.rows, columns } as const;
  if (out !== undefined) {
    writeOutputFile(out, pieces);
    const size = `${formatCount(table.rows)} rows, ${formatCount(columns.length)} columns`;
    output.result(`${out}   ${size}`, { ...told, files: [out] });
  } else {
    const text = (): string => Buffer.concat(pieces).toString().trimEnd();
    output.result(text, { ...told, text: output.json ? text() : undefined });
  }
  return exitCode.done;
};

/** `nadir export RUN… --html`: the studio's pages, with the runs in them. */
async function exportPage({
  words,
  flags,
  output,
  store,
  now,
}: Pick<Invocation, "words" | "flags" | "output" | "store" | "now">): Promise<ExitCode> {
  const other = ["as", "table", "series", "checkpoints"].find((name) => flags[name] !== undefined);
  if (other !== undefined) {
    throw new NadirError("cli/flag", `--html beside --${other}`, {
      expected: "nadir export RUN… --html [--out FILE.html]",
    });
  }
  await using opened = await openStore(store, { readOnly: true });
  const named = namedRuns(opened, words.length > 0 ? words : ["@"], now());
  const runs = named.map(({ id }) => opened.run(id));
  const template = fileURLToPath(new URL("dist/studio.html", packageRoot));
  if (!existsSync(template)) throw internal(`${template} was not built`);
  const { html, buckets } = runFile(opened, runs, readFileSync(template, "utf8"), now());
  const [first] = runs;
  const { out } = flags;
  const path =
    typeof out === "string" && out !== ""
      ? out
      : `${runs.length === 1 ? first?.id : `${first?.id}-and-${runs.length - 1}-more`}.html`;
  const bytes = Buffer.from(html);
  writeOutputFile(path, [bytes]);
  const thinned =
    buckets === undefined
      ? ""
      : `\n  longer curves are ${formatCount(buckets)} stretches each: first, lowest, highest, last`;
  const count = `${formatCount(runs.length)} ${runs.length === 1 ? "run" : "runs"}`;
  const told = { schema: "nadir.export/1", files: [path], bytes: bytes.length, buckets } as const;
  output.result(
    `${path}   ${count}, ${formatBytes(bytes.length)}\n  open it in a browser: it needs no server, and reaches none${thinned}`,
    { ...told, runs: runs.map(({ id }) => id) },
  );
  return exitCode.done;
}

/** @throws NadirError `cli/flag` for runs or a form beside --play */
function requireNoRuns(words: readonly string[], flags: Invocation["flags"]): void {
  const other =
    words[0] ??
    ["as", "table", "series", "checkpoints", "html"].find((name) => flags[name] !== undefined);
  if (other === undefined) return;
  throw new NadirError("cli/flag", `--play beside ${words.length > 0 ? other : `--${other}`}`, {
    expected: "nadir export --play [--out FOLDER or FILE.html]: the playground holds no runs",
  });
}

const eventFiles = (store: Store, runs: readonly MeasuredRun[]) =>
  runs.map((measured) => eventFileOf(measured, store.events(measured.run.id)));

/** Where what is no text goes. */
const places = {
  parquet: "--out FILE.parquet",
  tensorboard: "--out FOLDER, for TensorBoard's --logdir",
  nadir: "--out FILE.nadir, which nadir import takes",
} as const;

/** Where to write; undefined for stdout. */
function outFor(flags: Invocation["flags"], form: ExportForm, table: string): string | undefined {
  const { out } = flags;
  if (form === "nadir") {
    const other = ["table", "series"].find((name) => flags[name] !== undefined);
    if (other !== undefined) {
      throw new NadirError("cli/flag", `--${other} does not go with --as nadir`, {
        expected: "--as nadir alone: it writes whole runs",
      });
    }
  } else if (flags["checkpoints"] === true) {
    throw new NadirError("cli/flag", `--checkpoints does not go with --as ${form}`, {
      expected: "--as nadir, which writes whole runs",
    });
  }
  if (typeof out === "string" && out !== "") {
    if (form !== "tensorboard" || table === "series") return out;
    throw new NadirError("cli/flag", "--table runs does not go with --as tensorboard", {
      expected: "csv, jsonl or parquet: event files hold series only",
    });
  }
  if (form === "csv" || form === "jsonl") return undefined;
  throw new NadirError("cli/flag", `--as ${form} writes no text`, { expected: places[form] });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw fileError(`making the folder ${folder}`, cause);
  }
}
