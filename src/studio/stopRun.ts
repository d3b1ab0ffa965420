import { NadirError } from "../base/errors.ts";
import type { Store } from "../runs/store.ts";

/**
 * Asks the process that computes a run to save and to stop, as Ctrl-C in its terminal does; once.
 *
 * @param asked - runs that were asked to, with their processes: a second signal would make one leave without saving
 * @throws NadirError `studio/not-running`, `studio/trial` for a trial of a sweep, `studio/elsewhere` for a run that
 *   another machine computes
 */
export function stopRun(store: Store, reference: string, asked: Map<string, number>): void {
  const run = store.run(reference);
  if (run.status !== "running") {
    throw new NadirError("studio/not-running", `run ${run.id} does not run: it is ${run.status}`);
  }
  if (run.sweep !== undefined) {
    throw new NadirError("studio/trial", `run ${run.id} is a trial of a sweep`, {
      hint: "Ctrl-C in the sweep's terminal stops all of it; it can be resumed",
    });
  }
  const pid = store.writerHere(run.id);
  if (pid === undefined || pid === process.pid) {
    throw new NadirError("studio/elsewhere", `run ${run.id} is computed by another machine`, {
      hint: "Ctrl-C in its terminal there; it saves a checkpoint and can be resumed",
    });
  }
  if (asked.get(run.id) === pid) return;
  process.kill(pid, "SIGINT");
  asked.set(run.id, pid);
}
