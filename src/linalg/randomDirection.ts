import type { Vector } from "./ask.ts";
import { norm, scale } from "./vector.ts";

/**
 * A unit vector drawn uniformly from the sphere in ℝⁿ: independent normals, normalized.
 *
 * Counter-based: entry i depends only on `seed` and i, so the same seed gives the same vector
 * everywhere. The bits come from the finalizer of MurmurHash3 applied twice, which is enough to start
 * a Krylov space; it is no generator for statistics.
 */
export function randomDirection(n: number, seed: number): Vector {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    // Box–Muller; 1 − u keeps the logarithm's argument above 0.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, 2 * i)));
    out[i] = radius * Math.cos(2 * Math.PI * uniform(seed, 2 * i + 1));
  }
  const length = norm(out);
  if (length === 0) out[0] = 1;
  else scale(1 / length, out);
  return out;
}

/** A vector drawn uniformly from the unit ball: a direction, at the distance U^(1/n) that its volume asks for. */
export function randomInBall(n: number, seed: number): Vector {
  const out = randomDirection(n, seed);
  scale(uniform(seed, 2 * n) ** (1 / n), out);
  return out;
}

/** A number in [0, 1) from a seed and a counter. */
function uniform(seed: number, counter: number): number {
  const mixed = mix(Math.imul(seed, 0x9e3779b9) ^ mix(counter + 0x6d2b79f5));
  return (mixed >>> 0) / 4294967296;
}

/** The 32-bit finalizer of MurmurHash3. */
function mix(bits: number): number {
  let h = bits ^ (bits >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
