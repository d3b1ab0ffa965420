import type { Store } from "../runs/store.ts";
import type { Sweep } from "../runs/sweeps.ts";
import { readSweepRequest, readSweepTrials } from "../search/sweep/readSweep.ts";
import type { SweepReply, SweepRow } from "./protocol.ts";

/** A sweep as the list shows it. */
export const sweepRow = ({
  id,
  name,
  created,
  status,
  file,
  bestRun,
  command,
}: Sweep): SweepRow => ({
  ...{ id, name, created, status, file, bestRun, command },
});

/**
 * A sweep with all its trials.
 *
 * @throws NadirError `store/unknown-sweep`, `store/corrupt`, `sweep/record`
 */
export function sweepReply(store: Store, id: string): SweepReply {
  const sweep = store.sweeps.get(id);
  return {
    sweep: sweepRow(sweep),
    request: readSweepRequest(sweep.settings),
    trials: readSweepTrials(store.sweeps.trials(id)),
  };
}
