import type { Store } from "../runs/store.ts";
import type { Sweep } from "../runs/sweeps.ts";
import type { SweepRequest, SweepTrial } from "../search/sweep/sweepRecord.ts";
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
 * @throws NadirError `store/unknown-sweep`, `store/corrupt`
 */
export function sweepReply(store: Store, id: string): SweepReply {
  const sweep = store.sweeps.get(id);
  return {
    sweep: sweepRow(sweep),
    // Casts: `nadir sweep` wrote them from values of these very types.
    request: sweep.settings as unknown as SweepRequest,
    trials: store.sweeps.trials(id) as SweepTrial[],
  };
}
