import { allocate, type DType } from "./dtype.ts";
import { erf } from "./erf.ts";
import { NDArray } from "./ndarray.ts";
import type { ConstantAttrs } from "./primitives/constant.ts";
import type { DotAttrs } from "./primitives/dot.ts";
import { hash32 } from "./primitives/hash.ts";
import type { PadAttrs } from "./primitives/pad.ts";
import type { Attrs, Aval } from "./primitives/primitive.ts";
import type { OpName } from "./primitives/registry.ts";
import type { SliceAttrs } from "./primitives/slice.ts";
import type { ConvAttrs, PoolAttrs } from "./primitives/window.ts";
import { type Shape, sizeOf } from "./shape.ts";

// What each primitive means, said as plainly as possible: one number at a time, by index, with no
// regard for speed. Written from the definitions, not from the primitives' own code, which it checks.

/** All indices of a shape, the last axis fastest. */
export function* indicesOf(shape: Shape): Generator<number[]> {
  const size = sizeOf(shape);
  for (let flat = 0; flat < size; flat++) {
    const index: number[] = [];
    for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
      index.unshift(rest % shape[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
    yield index;
  }
}

const flatOf = (index: readonly number[], shape: Shape): number =>
  index.reduce((flat, part, axis) => flat * shape[axis]! + part, 0);

/** The element at an index. */
export const elementAt = (x: NDArray, index: readonly number[]): number =>
  x.data[flatOf(index, x.shape)]!;

const pow = (a: number, b: number): number => a ** b;
const roundEven = (x: number): number => {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
};

const elementwise: { readonly [K in OpName]?: (...values: readonly number[]) => number } = {
  abs: (x) => Math.abs(x!),
  acos: (x) => Math.acos(x!),
  add: (a, b) => a! + b!,
  alias: (x) => x!,
  and: (a, b) => Number(a !== 0 && b !== 0),
  asin: (x) => Math.asin(x!),
  atan: (x) => Math.atan(x!),
  ceil: (x) => Math.ceil(x!),
  cos: (x) => Math.cos(x!),
  custom: (...values) => values[values.length - 1]!,
  div: (a, b) => a! / b!,
  equal: (a, b) => Number(a === b),
  erf: (x) => erf(x!),
  exp: (x) => Math.exp(x!),
  expm1: (x) => Math.expm1(x!),
  floor: (x) => Math.floor(x!),
  less: (a, b) => Number(a! < b!),
  lessEqual: (a, b) => Number(a! <= b!),
  log: (x) => Math.log(x!),
  log1p: (x) => Math.log1p(x!),
  maximum: (a, b) => Math.max(a!, b!),
  minimum: (a, b) => Math.min(a!, b!),
  mul: (a, b) => a! * b!,
  neg: (x) => -x!,
  not: (x) => Number(x === 0),
  or: (a, b) => Number(a !== 0 || b !== 0),
  pow: (a, b) => pow(a!, b!),
  relu: (x) => Math.max(x!, 0),
  round: (x) => roundEven(x!),
  sigmoid: (x) => 1 / (1 + Math.exp(-x!)),
  sign: (x) => Math.sign(x!),
  sin: (x) => Math.sin(x!),
  softplus: (x) => (x! > 30 ? x! : Math.log1p(Math.exp(x!))),
  sqrt: (x) => Math.sqrt(x!),
  step: (x) => Number(x! > 0),
  stopGradient: (x) => x!,
  sub: (a, b) => a! - b!,
  tanh: (x) => Math.tanh(x!),
  where: (condition, a, b) => (condition !== 0 ? a! : b!),
};

/** The element of a result at an index. */
type At = (index: readonly number[], inputs: readonly NDArray[], attrs: Attrs, out: Aval) => number;

const without = (list: readonly number[], axis: number): number[] =>
  list.filter((_, i) => i !== axis);
const withAt = (list: readonly number[], axis: number, value: number): number[] => [
  ...list.slice(0, axis),
  value,
  ...list.slice(axis),
];

/** Every index of the reduced axes, put together with an index of the kept ones. */
function* along(
  shape: Shape,
  axes: readonly number[],
  kept: readonly number[],
): Generator<number[]> {
  for (const inner of indicesOf(axes.map((axis) => shape[axis]!))) {
    let [nextInner, nextKept] = [0, 0];
    yield shape.map((_, axis) => (axes.includes(axis) ? inner[nextInner++]! : kept[nextKept++]!));
  }
}

/** The places of a window's taps that lie in the image, for one output position. */
function* taps(
  [y, x]: readonly [number, number],
  [height, width]: readonly [number, number],
  window: readonly number[],
  stride: readonly number[],
  padding: PoolAttrs["padding"],
  dilation: readonly number[] = [1, 1],
): Generator<readonly [ky: number, kx: number, row: number, column: number]> {
  for (const [ky, kx] of indicesOf(window)) {
    const row = y * stride[0]! + ky! * dilation[0]! - padding[0][0];
    const column = x * stride[1]! + kx! * dilation[1]! - padding[1][0];
    if (row >= 0 && row < height && column >= 0 && column < width) yield [ky!, kx!, row, column];
  }
}

/** Σ over all triples (image, filter, output position) that a convolution multiplies. */
function* convTriples(image: Shape, filter: Shape, output: Shape, attrs: ConvAttrs) {
  const [inChannels, outChannels] = [filter[1]!, filter[0]! / attrs.groups];
  for (const [n, o, y, x] of indicesOf(output)) {
    const group = Math.floor(o! / outChannels);
    const places = taps(
      [y!, x!],
      [image[2]!, image[3]!],
      filter.slice(2),
      attrs.stride,
      attrs.padding,
      attrs.dilation,
    );
    for (const [ky, kx, row, column] of places) {
      for (let c = 0; c < inChannels; c++) {
        yield {
          image: [n!, group * inChannels + c, row, column],
          filter: [o!, c, ky, kx],
          output: [n!, o!, y!, x!],
        };
      }
    }
  }
}

// Each attribute below is read as the type its own primitive declares.
const at: { readonly [K in OpName]?: At } = {
  argMax: (index, [x], attrs) => {
    const axis = attrs["axis"] as number;
    let best = 0;
    for (let i = 1; i < x!.shape[axis]!; i++) {
      if (elementAt(x!, withAt(index, axis, i)) > elementAt(x!, withAt(index, axis, best)))
        best = i;
    }
    return best;
  },
  argSort: (index, [x], attrs) => {
    const rank = index.length - 1;
    const row = index.slice(0, rank);
    const key = (i: number): number => elementAt(x!, [...row, i]);
    const before = (i: number, j: number): boolean => {
      if (Number.isNaN(key(i)) || Number.isNaN(key(j)))
        return Number.isNaN(key(j)) && (!Number.isNaN(key(i)) || i < j);
      if (key(i) === key(j)) return i < j;
      return attrs["descending"] === true ? key(i) > key(j) : key(i) < key(j);
    };
    // The element of rank r is the one that r others come before.
    const positions = Array.from({ length: x!.shape[rank]! }, (_, i) => i);
    return positions.findIndex(
      (i) => positions.filter((j) => j !== i && before(j, i)).length === index[rank],
    );
  },
  avgPool: ([n, c, y, x], [image], attrs) => {
    const { window, stride, padding } = attrs as object as PoolAttrs;
    const [, , height, width] = image!.shape;
    let sum = 0;
    for (const [, , row, column] of taps([y!, x!], [height!, width!], window, stride, padding))
      sum += elementAt(image!, [n!, c!, row, column]);
    return sum / (window[0] * window[1]);
  },
  avgPoolGradient: ([n, c, row, column], [given], attrs, out) => {
    const { window, stride, padding } = attrs as object as PoolAttrs;
    let sum = 0;
    for (const [y, x] of indicesOf(given!.shape.slice(2))) {
      const size = [out.shape[2]!, out.shape[3]!] as const;
      for (const [, , r, k] of taps([y!, x!], size, window, stride, padding))
        if (r === row && k === column) sum += elementAt(given!, [n!, c!, y!, x!]);
    }
    return sum / (window[0] * window[1]);
  },
  broadcastTo: (index, [x]) =>
    elementAt(
      x!,
      x!.shape.map((length, axis) =>
        length === 1 ? 0 : index[axis + index.length - x!.shape.length]!,
      ),
    ),
  cast: (index, [x], { dtype }) => {
    const value = elementAt(x!, index);
    if (dtype === "bool") return Number(value !== 0);
    return dtype === "i32" ? Math.trunc(value) : value;
  },
  concat: (index, inputs, attrs) => {
    const axis = attrs["axis"] as number;
    let start = 0;
    for (const x of inputs) {
      const position = index[axis]! - start;
      if (position < x.shape[axis]!)
        return elementAt(x, withAt(without(index, axis), axis, position));
      start += x.shape[axis]!;
    }
    return Number.NaN;
  },
  constant: (index, _inputs, attrs, out) => {
    const { value, data } = attrs as object as ConstantAttrs;
    return value ?? data![flatOf(index, out.shape)]!;
  },
  conv: (index, [image, filter], attrs, out) => {
    let sum = 0;
    for (const place of convTriples(
      image!.shape,
      filter!.shape,
      out.shape,
      attrs as object as ConvAttrs,
    ))
      if (place.output.join() === index.join())
        sum += elementAt(image!, place.image) * elementAt(filter!, place.filter);
    return sum;
  },
  convFilterGradient: (index, [image, given], attrs, out) => {
    let sum = 0;
    for (const place of convTriples(
      image!.shape,
      out.shape,
      given!.shape,
      attrs as object as ConvAttrs,
    ))
      if (place.filter.join() === index.join())
        sum += elementAt(image!, place.image) * elementAt(given!, place.output);
    return sum;
  },
  convInputGradient: (index, [given, filter], attrs, out) => {
    let sum = 0;
    for (const place of convTriples(
      out.shape,
      filter!.shape,
      given!.shape,
      attrs as object as ConvAttrs,
    ))
      if (place.image.join() === index.join())
        sum += elementAt(given!, place.output) * elementAt(filter!, place.filter);
    return sum;
  },
  cumSum: (index, [x], attrs) => {
    const axis = attrs["axis"] as number;
    let sum = 0;
    for (let i = 0; i < x!.shape[axis]!; i++) {
      const counts = attrs["reverse"] === true ? i >= index[axis]! : i <= index[axis]!;
      if (counts) sum += elementAt(x!, withAt(without(index, axis), axis, i));
    }
    return sum;
  },
  dot: (index, [lhs, rhs], attrs) => {
    const { lhsContract, rhsContract, lhsBatch, rhsBatch } = attrs as object as DotAttrs;
    const place = (
      x: NDArray,
      contract: readonly number[],
      batch: readonly number[],
      free: readonly number[],
      inner: readonly number[],
    ) => {
      let next = 0;
      return x.shape.map((_, axis) => {
        if (contract.includes(axis)) return inner[contract.indexOf(axis)]!;
        return batch.includes(axis) ? index[batch.indexOf(axis)]! : free[next++]!;
      });
    };
    const rows = lhs!.shape.length - lhsContract.length - lhsBatch.length;
    const left = index.slice(lhsBatch.length, lhsBatch.length + rows);
    const right = index.slice(lhsBatch.length + rows);
    let sum = 0;
    for (const inner of indicesOf(lhsContract.map((axis) => lhs!.shape[axis]!)))
      sum +=
        elementAt(lhs!, place(lhs!, lhsContract, lhsBatch, left, inner)) *
        elementAt(rhs!, place(rhs!, rhsContract, rhsBatch, right, inner));
    return sum;
  },
  foldIn: ([half], [key, datum]) => {
    const [k0, k1] = key!.data;
    const d = datum!.data[0]!;
    return half === 0 ? hash32(d, k0!, k1!) : hash32(d ^ 0x5bf03635, k1!, k0!);
  },
  gather: (index, [x, indices], attrs) => {
    const axis = attrs["axis"] as number;
    const rank = indices!.shape.length;
    const position = elementAt(indices!, index.slice(axis, axis + rank));
    return elementAt(x!, [...index.slice(0, axis), position, ...index.slice(axis + rank)]);
  },
  iota: (index, _inputs, attrs) => index[attrs["axis"] as number]!,
  logSoftmax: (index, [x]) => {
    const rank = index.length - 1;
    const row = Array.from({ length: x!.shape[rank]! }, (_, i) =>
      elementAt(x!, [...index.slice(0, rank), i]),
    );
    const top = Math.max(...row);
    return (
      elementAt(x!, index) - top - Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0))
    );
  },
  maxPool: ([n, c, y, x], [image], attrs) => {
    const { window, stride, padding } = attrs as object as PoolAttrs;
    const [, , height, width] = image!.shape;
    const places = [...taps([y!, x!], [height!, width!], window, stride, padding)];
    return Math.max(...places.map(([, , row, col]) => elementAt(image!, [n!, c!, row, col])));
  },
  maxPoolGradient: ([n, c, row, column], [image, pooled, given], attrs) => {
    const { window, stride, padding } = attrs as object as PoolAttrs;
    const [, , height, width] = image!.shape;
    let sum = 0;
    for (const [y, x] of indicesOf(pooled!.shape.slice(2))) {
      const o = [n!, c!, y!, x!];
      const tied = [...taps([y!, x!], [height!, width!], window, stride, padding)].filter(
        ([, , r, k]) => elementAt(image!, [n!, c!, r, k]) === elementAt(pooled!, o),
      );
      if (tied.some(([, , r, k]) => r === row && k === column))
        sum += elementAt(given!, o) / tied.length;
    }
    return sum;
  },
  maxPoolTangent: ([n, c, y, x], [image, pooled, tangent], attrs) => {
    const { window, stride, padding } = attrs as object as PoolAttrs;
    const [, , height, width] = image!.shape;
    const tied = [...taps([y!, x!], [height!, width!], window, stride, padding)].filter(
      ([, , r, k]) => elementAt(image!, [n!, c!, r, k]) === elementAt(pooled!, [n!, c!, y!, x!]),
    );
    const sum = tied.reduce((s, [, , r, k]) => s + elementAt(tangent!, [n!, c!, r, k]), 0);
    return sum / tied.length;
  },
  pad: (index, [x], attrs) => {
    const { low, interior, value } = attrs as object as PadAttrs;
    const own = index.map((part, axis) => (part - low[axis]!) / (interior[axis]! + 1));
    const inside = own.every((p, axis) => Number.isInteger(p) && p >= 0 && p < x!.shape[axis]!);
    return inside ? elementAt(x!, own) : value;
  },
  randomMask: (index, [key], { kept }, out) => {
    const [k0, k1] = key!.data;
    const i = flatOf(index, out.shape);
    const half = Math.ceil(sizeOf(out.shape) / 2);
    const bits = hash32(i < half ? i : i - half, k0!, k1!) >>> 0;
    const part = i < half ? bits % 2 ** 16 : Math.floor(bits / 2 ** 16);
    return part < (kept as number) ? 1 : 0;
  },
  randomUniform: (index, [key], _attrs, out) => {
    const [k0, k1] = key!.data;
    const i = flatOf(index, out.shape);
    if (out.dtype === "f32") return (hash32(i, k0!, k1!) >>> 8) / 2 ** 24;
    const high = hash32(2 * i, k0!, k1!) >>> 5;
    return (high * 2 ** 26 + (hash32(2 * i + 1, k0!, k1!) >>> 6)) / 2 ** 53;
  },
  reduceMax: (index, [x], attrs) =>
    Math.max(
      ...[...along(x!.shape, attrs["axes"] as number[], index)].map((i) => elementAt(x!, i)),
    ),
  reduceSum: (index, [x], attrs) => {
    let sum = 0;
    for (const i of along(x!.shape, attrs["axes"] as number[], index)) sum += elementAt(x!, i);
    return sum;
  },
  reshape: (index, [x], _attrs, out) => x!.data[flatOf(index, out.shape)]!,
  reverse: (index, [x], attrs) =>
    elementAt(
      x!,
      index.map((part, axis) =>
        (attrs["axes"] as number[]).includes(axis) ? x!.shape[axis]! - 1 - part : part,
      ),
    ),
  scatterAdd: (index, [indices, updates], attrs) => {
    const axis = attrs["axis"] as number;
    let sum = 0;
    for (const place of indicesOf(indices!.shape))
      if (elementAt(indices!, place) === index[axis])
        sum += elementAt(updates!, [...index.slice(0, axis), ...place, ...index.slice(axis + 1)]);
    return sum;
  },
  slice: (index, [x], attrs) => {
    const { starts, strides } = attrs as object as SliceAttrs;
    return elementAt(
      x!,
      index.map((part, axis) => starts[axis]! + part * strides[axis]!),
    );
  },
  transpose: (index, [x], attrs) => {
    const order = attrs["order"] as number[];
    return elementAt(
      x!,
      order.map((_, axis) => index[order.indexOf(axis)]!),
    );
  },
};

/** The result of one primitive on concrete arrays. `out` is its shape and dtype. */
export function interpret(
  op: OpName,
  inputs: readonly NDArray[],
  attrs: Attrs,
  out: Aval,
): NDArray {
  const result = new NDArray(allocate(out.dtype, sizeOf(out.shape)), out.shape, out.dtype);
  const [f, g] = [elementwise[op], at[op]];
  let next = 0;
  for (const index of indicesOf(out.shape)) {
    if (f !== undefined) result.data[next] = f(...inputs.map(({ data }) => data[next]!));
    else if (g !== undefined) result.data[next] = g(index, inputs, attrs, out);
    else throw new Error(`the interpreter has no ${op}`);
    next++;
  }
  return result;
}

/** A seeded generator of numbers in [0, 1): Mulberry32, by Tommy Ettinger. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An array of numbers between two limits: whole ones for `i32` (high excluded), 0 or 1 for `bool`. */
export function sampleArray(
  next: () => number,
  shape: Shape,
  dtype: DType = "f64",
  [low, high]: readonly [number, number] = [-2, 2],
): NDArray {
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    if (dtype === "bool") data[i] = Number(next() < 0.5);
    else if (dtype === "i32") data[i] = Math.floor(low + (high - low) * next());
    else data[i] = low + (high - low) * next();
  }
  return new NDArray(data, shape, dtype);
}
