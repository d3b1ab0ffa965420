import type { Activation, Pair, Racer, Toy, View } from "../kernel/protocol.ts";

/** A race as a link tells it. */
export interface RaceSettings {
  /** An example's key; undefined where the code is one's own. */
  readonly example: string | undefined;
  readonly code: string;
  readonly start: Pair;
  readonly view: View;
  readonly levels: "log" | "linear";
  readonly racers: readonly Racer[];
  readonly budget: number;
  readonly seed: number;
}

/** A small training as a link tells it. */
export interface NetworkSettings {
  readonly data: Toy;
  readonly noise: number;
  readonly layers: readonly number[];
  readonly activation: Activation;
  readonly racer: Racer;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
}

/** An experiment. */
export interface PlayState {
  readonly mode: "race" | "network";
  readonly race: RaceSettings;
  readonly network: NetworkSettings;
}

export const mostRacers = 6;
export const toys: readonly Toy[] = ["spirals", "moons", "circles", "xor", "waves"];
export const activations: readonly Activation[] = ["tanh", "relu", "sigmoid", "silu", "elu"];
/** What each number may be. */
export const limits = {
  budget: [10, 50_000],
  seed: [0, 999_999],
  noise: [0, 0.5],
  width: [1, 64],
  depth: [0, 4],
  batchSize: [1, 400],
  epochs: [1, 2000],
} as const;
