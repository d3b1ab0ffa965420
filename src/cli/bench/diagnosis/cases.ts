import { adam } from "../../../methods/rules/adam.ts";
import { adamW } from "../../../methods/rules/adamW.ts";
import { byPath, frozen } from "../../../methods/rules/byPath.ts";
import { chain } from "../../../methods/rules/chain.ts";
import { clipByGlobalNorm } from "../../../methods/rules/clip.ts";
import { sgd } from "../../../methods/rules/sgd.ts";
import { cosine } from "../../../methods/schedules/cosine.ts";
import * as bases from "./bases.ts";
import { dataFaults } from "./faults/data.ts";
import { rates } from "./faults/rates.ts";
import { starts } from "./faults/starts.ts";
import { wiring } from "./faults/wiring.ts";
import {
  adversaries,
  autoencoder,
  factorization,
  generated,
  recurrent,
  regression,
} from "./other.ts";
import { changed, healthy, posed, type SuiteCase } from "./suite.ts";

const { repeated: _, ...classifiers } = bases;

/** Trainings that nothing is wrong with, though some look like a fault from afar. */
const sound: readonly SuiteCase[] = [
  ...Object.values(classifiers).map((base) => changed(healthy, base, "", () => ({}))),
  ...Object.entries({ recurrent, regression, autoencoder, factorization, adversaries }).map(
    ([name, make]) => posed(healthy, name, "", (seed) => make(seed)),
  ),
  changed(healthy, bases.planar, "gradients clipped to 1", () => ({
    method: chain(clipByGlobalNorm(1), sgd(0.1, { momentum: 0.9 })),
  })),
  changed(healthy, bases.digits, "weight decay 0.05", () => ({
    method: adamW(cosine({ peak: 4e-3 }), { weightDecay: 0.05 }),
  })),
  changed(healthy, bases.planarRelu, "the first layer frozen, which is enough", () => ({
    method: byPath({ "**": adam(5e-3), "0": frozen() }),
  })),
];

/** Every training of the suite: `healthy` ones, then the broken by fault. */
export const suiteCases: readonly SuiteCase[] = [
  ...sound,
  ...[...wiring, ...dataFaults, ...starts, ...rates],
].map((one) => (one.base === "adversaries" ? { ...one, generate: generated } : one));
