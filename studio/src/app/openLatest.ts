import { runs } from "../data/live.ts";
import { navigate } from "./router.ts";

/** Goes to the newest run that is not put away. */
export function openLatest(): void {
  const latest = [...runs.peek().values()].findLast(({ archived }) => !archived);
  if (latest !== undefined) navigate(`/run/${latest.id}`);
}
