/** The variable by which a sweep tells its trainings that they are its own: `SWEEP/TRIAL`. */
export const memberVariable = "NADIR_SWEEP";

/** A training's place in a sweep. */
export interface Membership {
  readonly sweep: string;
  readonly trial: number;
}

/** The sweep that this process trains for, if it does. */
export function membershipOf(
  env: Readonly<Record<string, string | undefined>>,
): Membership | undefined {
  const [sweep, trial] = env[memberVariable]?.split("/") ?? [];
  if (sweep === undefined || !/^\w+$/.test(sweep) || !/^\d+$/.test(trial ?? "")) return undefined;
  return { sweep, trial: Number(trial) };
}

/**
 * Ends this process as by SIGTERM (it saves, and can be resumed) when the sweep that started it is gone: its end of
 * standard input closes, however it died. Holds nothing open.
 */
export function leaveWithParent(): void {
  process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
  process.stdin.on("error", () => process.kill(process.pid, "SIGTERM"));
  process.stdin.resume();
  // A pipe is a socket, which may wait without keeping the process.
  if ("unref" in process.stdin && typeof process.stdin.unref === "function") process.stdin.unref();
}
