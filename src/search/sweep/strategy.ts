import type { SettingDefaults } from "../../training/defineTraining.ts";

/** What came of a trial at a point of its training: lower values are better. */
export interface Measured {
  /** The part of the whole training that was done, in (0, 1]. */
  readonly share: number;
  /** What is minimized; NaN or ∞ for a training that diverged. */
  readonly value: number;
}

/** One training under one choice of settings, as far as it has come. */
export interface Trial {
  /** Counts up from 0. */
  readonly number: number;
  readonly settings: SettingDefaults;
  /** How far it was asked to go. */
  readonly share: number;
  /** `waiting`: it has come as far as it was asked; `stopped`: given up early, as hopeless. */
  readonly status: "running" | "waiting" | "failed" | "stopped";
  readonly measured: readonly Measured[];
}

/** What is to be done next. */
export type Proposal =
  | { readonly kind: "start"; readonly settings: SettingDefaults; readonly share: number }
  | { readonly kind: "continue"; readonly number: number; readonly share: number }
  /** Give a paused trial up. */
  | { readonly kind: "stop"; readonly number: number; readonly why: string }
  /** Nothing, until a running trial has told more. */
  | { readonly kind: "wait" }
  | { readonly kind: "done" };

/**
 * A way to search: what to do next, given all that was done. It keeps nothing, so that a search that was
 * interrupted goes on from its record alone.
 */
export interface Strategy {
  readonly name: string;
  /** Trials in all, if it is known from the start. */
  readonly trials: number;
  propose(trials: readonly Trial[]): Proposal;
}

/** The value at a share of the training; +∞ where there is none, or none that is a number. */
export function valueAtShare(trial: Trial, share: number): number {
  const found = trial.measured.find((one) => Math.abs(one.share - share) < 1e-9);
  return found === undefined || Number.isNaN(found.value) ? Number.POSITIVE_INFINITY : found.value;
}

/** The value where a trial has come furthest; +∞ if it has told none. */
export function lastValue(trial: Trial): number {
  const last = trial.measured.at(-1);
  return last === undefined || Number.isNaN(last.value) ? Number.POSITIVE_INFINITY : last.value;
}

/** A strategy that starts a fixed number of whole trainings, each from its number and what is known by then. */
export function wholeTrainings(
  name: string,
  trials: number,
  settingsOf: (number: number, done: readonly Trial[]) => SettingDefaults,
): Strategy {
  return {
    name,
    trials,
    propose: (done) =>
      done.length < trials
        ? { kind: "start", settings: settingsOf(done.length, done), share: 1 }
        : done.some(({ status }) => status === "running")
          ? { kind: "wait" }
          : { kind: "done" },
  };
}
