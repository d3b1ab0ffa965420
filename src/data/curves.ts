import { NDArray } from "../array/ndarray.ts";
import { NadirError } from "../base/errors.ts";

/** Pictures are this many pixels wide and high. */
const side = 28;
/** Spots of ink along a curve. */
const spots = 60;

/**
 * Curves in pictures of 28 × 28 pixels: quadratic Bézier curves through three random points, six numbers each, drawn with
 * a soft pen: `[count, 784]`, f32, from 0 (paper) to 1. After the CURVES data of deep autoencoders, which are not free to take along.
 *
 * @param seed - of the points: equal seeds, equal pictures
 * @throws NadirError `curves/count`
 * @see Hinton & Salakhutdinov (2006), Reducing the dimensionality of data with neural networks
 */
export function curves(count: number, seed = 12345): NDArray {
  if (!Number.isInteger(count) || count < 1) {
    throw new NadirError("curves/count", `curves: ${count} pictures`, {
      expected: "a whole number, at least 1",
    });
  }
  let state = seed >>> 0;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pixels = new Float32Array(count * side * side);
  for (let c = 0; c < count; c++) {
    const points = Array.from({ length: 6 }, () => 3 + 22 * random());
    for (let k = 0; k <= spots; k++) {
      const t = k / spots;
      const [a, b, d] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
      const x = a * points[0]! + b * points[2]! + d * points[4]!;
      const y = a * points[1]! + b * points[3]! + d * points[5]!;
      ink(pixels.subarray(c * side * side, (c + 1) * side * side), x, y);
    }
  }
  return new NDArray(pixels, [count, side * side]);
}

/** A soft spot at (x, y): no pixel becomes lighter. */
function ink(picture: Float32Array, x: number, y: number): void {
  for (let row = Math.floor(y) - 1; row <= Math.floor(y) + 2; row++) {
    for (let column = Math.floor(x) - 1; column <= Math.floor(x) + 2; column++) {
      const at = row * side + column;
      picture[at] = Math.max(
        picture[at] ?? 0,
        Math.exp(-((row - y) ** 2 + (column - x) ** 2) / 0.9),
      );
    }
  }
}
