import { type Example, examples } from "../examples.ts";
import type { NetworkSettings, PlayState, RaceSettings } from "./state.ts";

/** What an example brings; the rest of a race stays. */
export const raceOn = (
  { key, code, start, view, levels }: Example,
  race: Pick<RaceSettings, "racers" | "budget" | "seed">,
): RaceSettings => ({ ...race, example: key, code, start, view, levels });

const network: NetworkSettings = {
  ...{ data: "spirals", noise: 0.02, layers: [20, 20], activation: "silu" },
  racer: { method: "adam", settings: { learningRate: 0.02 } },
  ...{ batchSize: 40, epochs: 300, seed: 1 },
};

/** What a link says nothing of. */
export const defaults: PlayState = {
  mode: "race",
  race: raceOn(examples[0]!, {
    racers: [
      { method: "gradientDescent", settings: {} },
      { method: "momentum", settings: {} },
      { method: "adam", settings: {} },
      { method: "lbfgs", settings: {} },
      { method: "trustRegion", settings: {} },
      { method: "nelderMead", settings: {} },
    ],
    ...{ budget: 5000, seed: 0 },
  }),
  network,
};
