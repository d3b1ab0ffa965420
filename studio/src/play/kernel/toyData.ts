import type { Points, Toy } from "./protocol.ts";

/** A stream of numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = (seed * 2654435761 + 0x9e3779b9) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal, by Box and Muller. */
const gaussian = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

type Draw = (i: number, random: () => number) => readonly [x: number, y: number, target: number];

const ring = (angle: number, radius: number) => [
  radius * Math.cos(angle),
  radius * Math.sin(angle),
];

const draws: Readonly<Record<Toy, Draw>> = {
  spirals: (i, random) => {
    const t = Math.sqrt(random());
    const [x, y] = ring(t * 3 * Math.PI + (i % 2) * Math.PI, t);
    return [x!, y!, i % 2];
  },
  moons: (i, random) => {
    const angle = Math.PI * random();
    return i % 2 === 0
      ? [0.6 * Math.cos(angle) - 0.3, 0.6 * Math.sin(angle) - 0.15, 0]
      : [0.3 - 0.6 * Math.cos(angle), 0.15 - 0.6 * Math.sin(angle), 1];
  },
  circles: (i, random) => {
    const [x, y] = ring(2 * Math.PI * random(), i % 2 === 0 ? 0.85 : 0.4);
    return [x!, y!, i % 2];
  },
  xor: (_, random) => {
    const [x, y] = [2 * random() - 1, 2 * random() - 1];
    return [x, y, x * y > 0 ? 1 : 0];
  },
  waves: (_, random) => {
    const [x, y] = [2 * random() - 1, 2 * random() - 1];
    return [x, y, 0.5 + 0.4 * Math.sin(3 * x) * Math.cos(2 * y)];
  },
};

/** Is what is to be told a number, rather than one of two classes? */
export const isRegression = (toy: Toy): boolean => toy === "waves";

/**
 * Points in the square from −1 to 1.
 *
 * @param noise - standard deviation of what is added to each coordinate; of regression, to each target
 */
export function drawPoints(toy: Toy, count: number, noise: number, seed: number): Points {
  const random = randomFrom(seed);
  const places = new Float32Array(2 * count);
  const targets = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [x, y, target] = draws[toy](i, random);
    const [a, b] = [noise * gaussian(random), noise * gaussian(random)];
    const moves = !isRegression(toy);
    places.set(moves ? [x + a, y + b] : [x, y], 2 * i);
    targets[i] = moves ? target : target + a;
  }
  return { places, targets };
}
