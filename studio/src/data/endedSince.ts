import type { RunRow } from "../../../src/studio/protocol.ts";

/** The runs that went on before and have ended since. */
export const endedSince = (
  before: ReadonlyMap<string, RunRow>,
  now: ReadonlyMap<string, RunRow>,
): readonly RunRow[] =>
  [...now.values()].filter(
    ({ id, status }) => status !== "running" && before.get(id)?.status === "running",
  );
