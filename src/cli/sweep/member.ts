import { Worker } from "node:worker_threads";

/** The variable by which a sweep tells its trainings that they are its own: `SWEEP/TRIAL/PROCESS`. */
export const memberVariable = "NADIR_SWEEP";

/** A training's place in a sweep. */
export interface Membership {
  readonly sweep: string;
  readonly trial: number;
  /** The sweep's own process. */
  readonly parent: number;
}

/** The sweep that this process trains for, if it does. */
export function membershipOf(
  env: Readonly<Record<string, string | undefined>>,
): Membership | undefined {
  const [, sweep, trial, parent] = /^(\w+)\/(\d+)\/(\d+)$/.exec(env[memberVariable] ?? "") ?? [];
  return sweep === undefined ? undefined : { sweep, trial: Number(trial), parent: Number(parent) };
}

/** How long a training whose sweep is gone may take to save; and how often a look is taken. */
const SAVING_MS = 10_000;
const LOOK_MS = 1000;

/**
 * Ends this process when the sweep that started it is gone, however it died: its end of standard input closes, and
 * this process ends as by SIGTERM (it saves, and can be resumed). A thread of its own sees to it that a process which
 * hears nothing any more, because the user's code never returns, is ended outright. Holds nothing open.
 */
export function leaveWithParent({ parent }: Membership): void {
  const leave = (): void => void process.kill(process.pid, "SIGTERM");
  process.stdin.on("end", leave);
  process.stdin.on("error", leave);
  process.stdin.resume();
  // A pipe is a socket, which may wait without keeping the process.
  if ("unref" in process.stdin && typeof process.stdin.unref === "function") process.stdin.unref();
  new Worker(watchdog, { eval: true, workerData: { parent, looks: SAVING_MS / LOOK_MS } }).unref();
}

/** Another parent (the system's first process) means that the parent is gone. */
const watchdog = `
const { workerData: { parent, looks } } = require("node:worker_threads");
let gone = 0;
setInterval(() => {
  gone = process.ppid === parent ? 0 : gone + 1;
  if (gone > looks) process.kill(process.pid, "SIGKILL");
}, ${LOOK_MS});
`;
