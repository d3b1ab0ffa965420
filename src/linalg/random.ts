/**
 * Random numbers for algorithms on the host: counter-based, so that a stream's whole memory is three
 * numbers, can be saved with a solver's state, and gives the same bits on every machine.
 */
export interface RandomStream {
  readonly seed: number;
  /** Streams of one seed with different numbers are independent. */
  readonly stream: number;
  /** Blocks of 64 bits drawn so far. */
  drawn: number;
}

/** A stream at its beginning. Equal seeds and stream numbers give equal numbers. */
export const randomStream = (seed: number, stream = 0): RandomStream => ({
  ...{ seed, stream, drawn: 0 },
});

/** A number in [0, 1), uniform over the multiples of 2⁻⁵³. */
export function uniform(random: RandomStream): number {
  const [high, low] = nextBlock(random);
  return ((high >>> 5) * 67108864 + (low >>> 6)) / 9007199254740992;
}

/** A whole number from 0 to `count − 1`; the bias is below count · 2⁻⁵³. */
export const below = (random: RandomStream, count: number): number =>
  Math.floor(uniform(random) * count);

/** A standard normal number, by Box and Muller's transform of one block of 64 bits. */
export function gaussian(random: RandomStream): number {
  const [high, low] = nextBlock(random);
  // The half keeps the logarithm's argument above 0: the largest |number| is 6.8.
  const radius = Math.sqrt(-2 * Math.log(((high >>> 0) + 0.5) / 4294967296));
  return radius * Math.cos((2 * Math.PI * (low >>> 0)) / 4294967296);
}

/** The numbers 0 … n − 1 in random order (Fisher and Yates). */
export function shuffled(random: RandomStream, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = below(random, i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}

function nextBlock(random: RandomStream): readonly [number, number] {
  const counter = random.drawn++;
  return threefry2x32(
    [random.seed | 0, (Math.floor(random.seed / 2 ** 32) ^ random.stream) | 0],
    [counter | 0, Math.floor(counter / 2 ** 32)],
  );
}

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * Threefry-2x32 with 20 rounds: a bijection of the counter for each key, which passes BigCrush.
 *
 * @see Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3, section 3.4
 */
export function threefry2x32(
  [key0, key1]: readonly [number, number],
  [counter0, counter1]: readonly [number, number],
): readonly [number, number] {
  const keys = [key0, key1, 0x1bd11bda ^ key0 ^ key1] as const;
  let x = (counter0 + keys[0]) | 0;
  let y = (counter1 + keys[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (const bits of rotations[(group % 2) as 0 | 1]) {
      x = (x + y) | 0;
      y = ((y << bits) | (y >>> (32 - bits))) ^ x;
    }
    x = (x + keys[((group + 1) % 3) as 0 | 1 | 2]) | 0;
    y = (y + keys[((group + 2) % 3) as 0 | 1 | 2] + group + 1) | 0;
  }
  return [x, y];
}
