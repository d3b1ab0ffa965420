import type { JSX } from "preact";
import { navigate } from "../app/router.ts";
import { api } from "../data/api.ts";
import { hello } from "../data/live.ts";
import { saveBytes } from "../figure/save.ts";
import { PlayPage } from "./playPage.tsx";
import type { RaceKeeper } from "./race/saveRuns.tsx";

/** The playground as a page of the studio, which keeps its races as runs where it may. */
export function PlayInStudio(): JSX.Element {
  const about = hello.value;
  if (about === undefined) return <PlayPage />;
  const keeper: RaceKeeper = {
    keep: about.write
      ? async (race) => {
          const { runs } = await api.saveRace(race);
          const [only = ""] = runs;
          // The store tells the newest first, as the list does.
          const shown = runs.toReversed().join(",");
          navigate(runs.length === 1 ? `/run/${only}` : `/compare?r=${shown}`);
        }
      : undefined,
    file: async (race, name) =>
      saveBytes(name, "application/octet-stream", await api.raceFile(race)),
  };
  return <PlayPage keeper={keeper} />;
}
