import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCode } from "./atomicFile.ts";

/** Who writes a run: enough to tell, later and elsewhere, whether that very process still lives. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The machine since its last start and the process namespace, where the system tells; process ids are unique within it. */
  readonly host: string;
  /** When the process started, in the system's own count; "" where the system does not tell. */
  readonly started: string;
}

/** Milliseconds without a sign of life after which a writer on another machine counts as dead. */
export const REMOTE_SILENCE_MS = 10 * 60_000;

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: thisHost(), started: startOf(process.pid)?.started ?? "" };
}

/**
 * Whether the writer of a run still lives. On this machine the process table decides; a writer on
 * another machine is believed for {@link REMOTE_SILENCE_MS} after its last heartbeat.
 *
 * @param heartbeat - the writer's last sign of life, milliseconds since 1970
 */
export function isAlive(writer: ProcessIdentity, heartbeat: number, now: number): boolean {
  if (writer.host !== thisHost()) return now - heartbeat < REMOTE_SILENCE_MS;
  try {
    process.kill(writer.pid, 0);
  } catch (error) {
    if (systemCode(error) !== "EPERM") return false; // EPERM: it lives, and is another user's
  }
  // Process ids are used again, and a killed child that nobody has waited for keeps its own.
  const found = startOf(writer.pid);
  return found === undefined || (found.started === writer.started && !"ZX".includes(found.state));
}

/** The process id of a writer that lives on this machine; undefined if it is another's, or gone. */
export const pidHere = (writer: ProcessIdentity): number | undefined =>
  writer.host === thisHost() && isAlive(writer, 0, 0) ? writer.pid : undefined;

let host: string | undefined;

function thisHost(): string {
  host ??= [
    hostname(),
    read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    read(() => readlinkSync("/proc/self/ns/pid")),
  ]
    .filter((part) => part !== undefined)
    .join(" ");
  return host;
}

/** Linux only: fields 3 and 22 of /proc/PID/stat, which follow the last parenthesis. See proc(5). */
function startOf(pid: number): { readonly state: string; readonly started: string } | undefined {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, started] = [fields?.[0], fields?.[19]];
  return state === undefined || started === undefined ? undefined : { state, started };
}

function read(source: () => string): string | undefined {
  try {
    return source();
  } catch {
    return undefined;
  }
}
