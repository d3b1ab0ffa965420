import type { Tensor } from "../../../array/tensor.ts";
import { adjustable, type Interval, type TestFunction } from "../testFunction.ts";

type Given = Omit<TestFunction, "family" | "dimension" | "start" | "domain" | "source"> & {
  /** One interval for all unknowns, or one each. */
  readonly domain: Interval | readonly [Interval, Interval];
  readonly start?: readonly number[];
};

const sources =
  "Jamil & Yang (2013), A literature survey of benchmark functions; Surjanovic & Bingham, Virtual Library of Simulation Experiments";

const isOne = (domain: Given["domain"]): domain is Interval => typeof domain[0] === "number";

/** A classic function of `dimension` unknowns. Runs start alternately 80 % and 35 % across the domain, unless told. */
export function classic(dimension: number, given: Given): TestFunction {
  const domain = isOne(given.domain)
    ? Array.from({ length: dimension }, () => given.domain as Interval) // isOne has just said so
    : given.domain;
  const start =
    given.start ?? domain.map(([low, high], i) => low + (i % 2 === 0 ? 0.8 : 0.35) * (high - low));
  return { ...given, family: "classic", dimension, domain, start, source: sources };
}

/** A classic function of any number of unknowns; two at first, so that it can be drawn. */
export const classicOf = (make: (dimension: number) => Given, least = 1): TestFunction =>
  adjustable((n) => classic(n, make(n)), 2, { least });

/**
 * √x for x ≥ 0, with a finite derivative at 0: too large to matter, but 0 times it is 0. Where √x is
 * taken of something whose own derivative vanishes there, the chain rule then gives 0 instead of NaN.
 */
export const root = (x: Tensor): Tensor => x.add(1e-200).sqrt();

/** Euclidean length, with derivative 0 at the origin. */
export const length = (x: Tensor): Tensor => root(x.square().sum());
