import { NDArray } from "../../../array/ndarray.ts";
import { mnist } from "../../../data/mnist.ts";
import { normals, uniform } from "../random.ts";

/** Rows of features, each with its class. */
export interface Labelled {
  /** Row-major, `[rows, features]`. */
  readonly x: Float32Array;
  readonly label: Int32Array;
  readonly features: number;
  readonly classes: number;
}

/** What a network is trained on, and what it is tested on. */
export interface Split {
  readonly train: Labelled;
  readonly test: Labelled;
}

/** Some rows of a set, in the order given. */
export function rowsOf({ x, label, ...rest }: Labelled, rows: ArrayLike<number>): Labelled {
  const { features } = rest;
  const taken = new Float32Array(rows.length * features);
  const labels = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    taken.set(x.subarray(row * features, (row + 1) * features), i * features);
    labels[i] = label[row]!;
  }
  return { x: taken, label: labels, ...rest };
}

const cut = (all: Labelled, train: number): Split => {
  const rows = Array.from({ length: all.label.length }, (_, i) => i);
  return { train: rowsOf(all, rows.slice(0, train)), test: rowsOf(all, rows.slice(train)) };
};

/** Three arms of a spiral in the plane, with a little noise: no straight line tells them apart. */
export function spirals(seed: number, rows = 600): Split {
  const [draw, normal] = [uniform(1000 + seed), normals(2000 + seed)];
  const all = rows + 300;
  const x = new Float32Array(2 * all);
  const label = Int32Array.from({ length: all }, (_, i) => i % 3);
  for (let i = 0; i < all; i++) {
    const far = 0.15 + 0.85 * draw();
    const angle = 3.5 * far + (2 * Math.PI * label[i]!) / 3;
    x[2 * i] = 1.7 * (far * Math.cos(angle) + 0.04 * normal());
    x[2 * i + 1] = 1.7 * (far * Math.sin(angle) + 0.04 * normal());
  }
  return cut({ x, label, features: 2, classes: 3 }, rows);
}

/** Four normal clouds in ten dimensions that overlap: the best there is errs on about one row in ten. */
export function clouds(seed: number, rows = 800): Split {
  const normal = normals(3000 + seed);
  const [features, classes, all] = [10, 4, rows + 400];
  const centres = Float32Array.from({ length: classes * features }, () => 0.72 * normal());
  const label = Int32Array.from({ length: all }, (_, i) => i % classes);
  const x = Float32Array.from({ length: all * features }, (_, k) => {
    const row = Math.floor(k / features);
    return 0.8 * (centres[label[row]! * features + (k % features)]! + normal());
  });
  return cut({ x, label, features, classes }, rows);
}

let pooled: Promise<Labelled> | undefined;

/** Handwritten digits of 7 × 7 pixels, the means of 4 × 4 of the usual ones, centred and scaled as a whole. */
export async function smallDigits(seed: number, rows = 1200): Promise<Split> {
  pooled ??= poolDigits();
  const all = await pooled;
  const draw = uniform(4000 + seed);
  const order = Int32Array.from(all.label.keys());
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return cut(rowsOf(all, order.subarray(0, rows + 500)), rows);
}

async function poolDigits(): Promise<Labelled> {
  const { train } = await mnist();
  const pixels = NDArray.of(train.arrays.x).data;
  const x = new Float32Array(train.size * 49);
  for (let row = 0; row < train.size; row++) {
    for (let k = 0; k < 784; k++) {
      const at = row * 49 + 7 * Math.floor(k / 112) + Math.floor((k % 28) / 4);
      x[at] = x[at]! + pixels[row * 784 + k]! / 16;
    }
  }
  // All pixels by one mean and one deviation: those at the border stay nearly constant.
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  const label = Int32Array.from(NDArray.of(train.arrays.label).data);
  return { x: x.map((v) => (v - mean) / Math.sqrt(variance)), label, features: 49, classes: 10 };
}

/** Signs in noise, of which the first one is to be told after all others were seen: `[rows, length]`. */
export function recall(seed: number, length: number, rows = 600): Split {
  const [draw, normal] = [uniform(5000 + seed), normals(6000 + seed)];
  const all = rows + 300;
  const label = Int32Array.from({ length: all }, () => (draw() < 0.5 ? 0 : 1));
  const x = Float32Array.from({ length: all * length }, (_, k) => {
    const first = k % length === 0;
    return first ? 2 * label[Math.floor(k / length)]! - 1 + 0.1 * normal() : 0.3 * normal();
  });
  return cut({ x, label, features: length, classes: 2 }, rows);
}

/** A smooth function of eight features with a little noise: rows of `[features, target]`. */
export function smoothFunction(
  seed: number,
  rows = 500,
): { readonly x: Float32Array; readonly y: Float32Array; readonly features: number } {
  const normal = normals(7000 + seed);
  const features = 8;
  const weights = Float32Array.from({ length: features * 6 }, () => normal() / Math.sqrt(features));
  const x = Float32Array.from({ length: rows * features }, normal);
  const y = Float32Array.from({ length: rows }, (_, row) => {
    let value = 0.05 * normal();
    for (let unit = 0; unit < 6; unit++) {
      let along = 0;
      for (let j = 0; j < features; j++)
        along += weights[unit * features + j]! * x[row * features + j]!;
      value += (unit % 2 === 0 ? 1 : -1) * Math.tanh(1.5 * along);
    }
    return value;
  });
  return { x, y, features };
}
