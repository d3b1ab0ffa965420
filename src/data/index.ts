/** `nadir/data`: data sets, and data to try things on. */

export type { ArraysOf, BatchOf, Dataset } from "../training/dataset.ts";
export { dataset, requireLabels, takeRows } from "../training/dataset.ts";
export { curves } from "./curves.ts";
export type { LabelledBatch, Mnist } from "./mnist.ts";
export { mnist } from "./mnist.ts";
export { type HeldOut, holdOut } from "./ratings/holdOut.ts";
export {
  type RatingsFileOptions,
  type RatingsTable,
  readRatingsFile,
} from "./ratings/readRatingsFile.ts";
export { findTestFunction, mghProblems, testFunctions } from "./testFunctions/registry.ts";
export { type OctopusOptions, octopus } from "./testFunctions/saddles/octopus.ts";
export type {
  Interval,
  LeastSquares,
  Minimum,
  StationaryPoint,
  TestFunction,
} from "./testFunctions/testFunction.ts";
