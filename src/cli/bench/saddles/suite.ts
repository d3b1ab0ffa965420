import type { Experiment } from "../experiment.ts";
import { contenders } from "./contenders.ts";
import { exactSaddle } from "./exactSaddle.ts";
import { familyRace } from "./familyRace.ts";
import { octopusRace } from "./octopusRace.ts";
import { priceAway } from "./price.ts";
import { priceInFit } from "./priceInFit.ts";
import { zooRace } from "./zoo.ts";

/** What each method needs to leave saddles and to reach the minima beyond. */
export const saddles: Experiment = {
  name: "saddles",
  async run({ only, seeds = 20, peers }, report) {
    const chosen =
      only === undefined ? contenders : contenders.filter(({ name }) => only.includes(name));
    const away = priceAway(report);
    const octopus = octopusRace(chosen, seeds, report);
    return {
      tables: [
        ...octopus.tables,
        await exactSaddle(peers),
        zooRace(chosen, report),
        ...familyRace(chosen, seeds, report),
        away,
        await priceInFit(report),
      ],
      pictures: { "saddles-octopus": octopus.picture },
    };
  },
};
