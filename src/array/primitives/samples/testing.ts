import type { DType } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import { interpret, randomFrom, sampleArray } from "../../testing.ts";
import type { Attrs } from "../primitive.ts";
import type { OpName } from "../registry.ts";
import type { Operand, Sample } from "../testing.ts";

const x = (shape: Shape, range?: readonly [number, number]): Operand =>
  range === undefined ? { shape } : { shape, range };
const of = (dtype: DType, shape: Shape, range?: readonly [number, number]): Operand => ({
  dtype,
  ...x(shape, range),
});
const node = (inputs: readonly Operand[], attrs?: Attrs): Sample =>
  attrs === undefined ? { inputs } : { inputs, attrs };

/** Elementwise, on a scalar, a matrix that is unrolled, one that is looped over, and nothing. */
const unary = (range?: readonly [number, number], dtype: DType = "f64"): readonly Sample[] =>
  [[], [2, 3], [5, 4], [0, 3]].map((shape) => node([of(dtype, shape, range)]));
const binary = (
  a?: readonly [number, number],
  b: readonly [number, number] | undefined = a,
  dtype: DType = "f64",
): readonly Sample[] =>
  [[], [2, 3], [5, 4], [0]].map((shape) => node([of(dtype, shape, a), of(dtype, shape, b)]));
const comparison: readonly Sample[] = [
  ...binary(),
  ...binary([0, 3], [0, 3], "i32"),
  ...binary([0, 1], [0, 1], "bool"),
];
const whole = (shape: Shape, low: number, high: number): Operand => of("i32", shape, [low, high]);

const convolutions = [
  {
    image: [2, 3, 5, 6],
    filter: [4, 3, 2, 3],
    stride: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    groups: 1,
  },
  {
    image: [1, 2, 6, 5],
    filter: [3, 2, 3, 2],
    stride: [2, 1],
    padding: [
      [1, 2],
      [0, 1],
    ],
    dilation: [1, 1],
    groups: 1,
  },
  {
    image: [2, 2, 7, 7],
    filter: [2, 2, 2, 2],
    stride: [1, 2],
    padding: [
      [2, 0],
      [1, 1],
    ],
    dilation: [2, 3],
    groups: 1,
  },
  {
    image: [1, 4, 5, 5],
    filter: [6, 2, 3, 3],
    stride: [2, 2],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilation: [1, 1],
    groups: 2,
  },
  {
    image: [2, 3, 4, 4],
    filter: [3, 1, 3, 3],
    stride: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilation: [1, 1],
    groups: 3,
  },
  {
    image: [2, 2, 6, 6],
    filter: [3, 2, 1, 1],
    stride: [4, 3],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    groups: 1,
  },
] as const;
/** Operand shapes and attributes of the convolution and its two transposes. */
const convCases = convolutions.map(({ image, filter, ...attrs }) => {
  const size = (i: 0 | 1): number =>
    Math.floor(
      (image[2 + i]! +
        attrs.padding[i]![0]! +
        attrs.padding[i]![1]! -
        (filter[2 + i]! - 1) * attrs.dilation[i]! -
        1) /
        attrs.stride[i]!,
    ) + 1;
  return { image, filter, output: [image[0], filter[0], size(0), size(1)], attrs };
});

const pools = [
  {
    window: [2, 2],
    stride: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
  },
  {
    window: [3, 2],
    stride: [1, 2],
    padding: [
      [1, 1],
      [0, 1],
    ],
  },
  {
    window: [2, 3],
    stride: [3, 1],
    padding: [
      [0, 0],
      [1, 1],
    ],
  },
] as const;
const poolImage = [2, 2, 5, 6] as const;
const poolOutput = (pool: (typeof pools)[number]): Shape => [
  2,
  2,
  ...[0, 1].map(
    (i) =>
      Math.floor(
        (poolImage[2 + i]! + pool.padding[i]![0] + pool.padding[i]![1] - pool.window[i]!) /
          pool.stride[i]!,
      ) + 1,
  ),
];
/** Images of few different numbers, so that maxima are tied, and their pooled maxima. */
const tied = (pool: (typeof pools)[number]): readonly [Operand, Operand] => {
  const next = randomFrom(7);
  const image = sampleArray(next, poolImage, "i32", [0, 4]);
  const shape = poolOutput(pool);
  const pooled = interpret("maxPool", [image], pool, { shape, dtype: "f64" });
  return [
    { shape: poolImage, data: [...image.data] },
    { shape, data: [...pooled.data] },
  ];
};

const contraction = (
  lhs: Shape,
  rhs: Shape,
  lhsContract: readonly number[],
  rhsContract: readonly number[],
  lhsBatch: readonly number[] = [],
  rhsBatch: readonly number[] = [],
): Sample => node([x(lhs), x(rhs)], { lhsContract, rhsContract, lhsBatch, rhsBatch });

/** The same on whole numbers. */
const ofWhole = ({ inputs, ...rest }: Sample): Sample => ({
  ...rest,
  inputs: inputs.map(({ shape }) => whole(shape, -9, 9)),
});

/** For each primitive, nodes to check it on. `input` alone has none: it cannot be recorded by itself. */
export const samples: { readonly [K in OpName]: readonly Sample[] } = {
  abs: [...unary(), ...unary([-3, 3], "i32")],
  acos: unary([-0.95, 0.95]),
  add: [...binary(), ...binary([-9, 9], [-9, 9], "i32")],
  alias: [node([x([2, 3])], { id: 1 })],
  and: binary([0, 1], [0, 1], "bool"),
  argMax: [
    node([x([3, 4])], { axis: 0 }),
    node([x([3, 4])], { axis: 1 }),
    node([whole([2, 9], 0, 3)], { axis: 1 }),
    node([x([2, 3, 4])], { axis: 1 }),
  ],
  argSort: [
    node([x([7])], { descending: false }),
    node([x([3, 5])], { descending: true }),
    node([whole([4, 6], 0, 3)], { descending: true }),
    node([whole([4, 6], 0, 3)], { descending: false }),
  ],
  asin: unary([-0.95, 0.95]),
  atan: unary(),
  avgPool: pools.map((pool) => node([x(poolImage)], pool)),
  avgPoolGradient: pools.map((pool) =>
    node([x(poolOutput(pool))], { ...pool, height: poolImage[2], width: poolImage[3] }),
  ),
  broadcastTo: [
    node([x([])], { shape: [2, 3] }),
    node([x([3])], { shape: [2, 3] }),
    node([x([4, 1, 2])], { shape: [3, 4, 5, 2] }),
    node([x([1])], { shape: [0] }),
    node([x([2, 1])], { shape: [2, 30] }),
    node([of("bool", [3, 1])], { shape: [3, 2] }),
    node([whole([2], -9, 9)], { shape: [3, 2] }),
  ],
  cast: [
    ...["f32", "f64", "i32", "bool"].map((dtype) => node([x([2, 3])], { dtype })),
    node([whole([5], -2, 3)], { dtype: "f64" }),
    node([whole([5], -2, 3)], { dtype: "bool" }),
    node([of("bool", [5])], { dtype: "f64" }),
  ],
  ceil: unary(),
  concat: [
    node([x([2, 3]), x([1, 3]), x([4, 3])], { axis: 0 }),
    node([x([2, 3]), x([2, 1])], { axis: 1 }),
    node([x([2, 0]), x([2, 2]), x([2, 12])], { axis: 1 }),
    node([whole([3], 0, 5), whole([2], 0, 5)], { axis: 0 }),
    node([of("bool", [3]), of("bool", [2])], { axis: 0 }),
  ],
  constant: [
    node([], { shape: [2, 3], dtype: "f64", value: -1.5 }),
    node([], { shape: [2], dtype: "i32", data: new Int32Array([3, -4]) }),
  ],
  conv: convCases.map(({ image, filter, attrs }) => node([x(image), x(filter)], attrs)),
  convFilterGradient: convCases.map(({ image, filter, output, attrs }) =>
    node([x(image), x(output)], { ...attrs, height: filter[2], width: filter[3] }),
  ),
  convInputGradient: convCases.map(({ image, filter, output, attrs }) =>
    node([x(output), x(filter)], { ...attrs, height: image[2], width: image[3] }),
  ),
  cos: unary([-6, 6]),
  cumSum: [
    node([x([5])], { axis: 0, reverse: false }),
    node([x([2, 3])], { axis: 1, reverse: true }),
    node([x([20, 2])], { axis: 0, reverse: true }),
    node([x([2, 20, 2])], { axis: 1, reverse: false }),
    node([whole([4], -3, 3)], { axis: 0, reverse: false }),
    node([x([0, 2])], { axis: 0, reverse: false }),
  ],
  custom: [
    node([x([2]), x([3])], {
      rule: (inputs: readonly unknown[]) => inputs.map(() => undefined),
    }),
  ],
  div: binary([-2, 2], [0.5, 2]),
  dot: [
    contraction([4], [4], [0], [0]),
    contraction([2, 3], [3, 4], [1], [0]),
    contraction([3, 2], [4, 3], [0], [1]),
    contraction([20, 7], [7, 20], [1], [0]),
    contraction([7, 20], [7, 20], [0], [0]),
    contraction([20, 7], [20, 7], [1], [1]),
    contraction([3], [5], [], []),
    contraction([2, 3, 4], [2, 4, 5], [2], [1], [0], [0]),
    contraction([3, 2, 4], [5, 4, 2], [2], [1], [1], [2]),
    contraction([2, 3, 4], [4, 3, 5], [1, 2], [1, 0]),
    contraction([2, 3, 4, 5], [5, 3, 6], [3], [0], [1], [1]),
    contraction([2, 0], [0, 5], [1], [0]),
    contraction([0, 2], [2, 5], [1], [0]),
    contraction([3, 6], [6], [1], [0]),
    contraction([6], [6, 9], [0], [0]),
    ofWhole(contraction([2, 3], [3, 4], [1], [0])),
    ofWhole(contraction([7, 5], [7, 6], [0], [0])),
    ofWhole(contraction([2, 3, 4], [2, 4, 5], [2], [1], [0], [0])),
  ],
  equal: comparison,
  erf: unary([-3, 3]),
  exp: unary(),
  expm1: unary(),
  floor: unary(),
  foldIn: [node([whole([2], -1e9, 1e9), whole([], -5, 1e6)])],
  gather: [
    node([x([5]), whole([3], 0, 5)], { axis: 0 }),
    node([x([5, 2]), whole([2, 3], 0, 5)], { axis: 0 }),
    node([x([2, 5, 3]), whole([4], 0, 5)], { axis: 1 }),
    node([x([2, 5, 3]), whole([], 0, 3)], { axis: 2 }),
    node([x([3, 4]), whole([6, 5], 0, 4)], { axis: 1 }),
    node([x([3, 4]), whole([0], 0, 4)], { axis: 1 }),
    node([whole([3, 4], -9, 9), whole([2], 0, 3)], { axis: 0 }),
    node([of("bool", [3, 4]), whole([2], 0, 4)], { axis: 1 }),
  ],
  input: [],
  iota: [
    node([], { shape: [3, 2], axis: 0, dtype: "i32" }),
    node([], { shape: [3, 20], axis: 1, dtype: "f64" }),
  ],
  less: comparison,
  lessEqual: comparison,
  log: unary([0.1, 3]),
  log1p: unary([-0.8, 3]),
  logSoftmax: [[4], [2, 3], [3, 20], [2, 2, 5], [0, 3]].map((shape) => node([x(shape)])),
  maximum: [...binary(), ...binary([-9, 9], [-9, 9], "i32")],
  maxPool: [...pools.map((pool) => node([x(poolImage)], pool))],
  maxPoolGradient: pools.map((pool) => ({
    inputs: [...tied(pool), x(poolOutput(pool))],
    attrs: pool,
    wrt: [2],
  })),
  maxPoolTangent: pools.map((pool) => ({
    inputs: [...tied(pool), x(poolImage)],
    attrs: pool,
    wrt: [2],
  })),
  minimum: [...binary(), ...binary([-9, 9], [-9, 9], "i32")],
  mul: [...binary(), ...binary([-9, 9], [-9, 9], "i32")],
  neg: [...unary(), ...unary([-3, 3], "i32")],
  not: unary([0, 1], "bool"),
  or: binary([0, 1], [0, 1], "bool"),
  pad: [
    node([x([3])], { low: [1], high: [2], interior: [0], value: 0 }),
    node([x([2, 3])], { low: [0, 1], high: [2, 0], interior: [1, 2], value: -1 }),
    node([x([4, 5])], { low: [1, 1], high: [1, 1], interior: [0, 0], value: -2.5 }),
    node([x([4, 5])], { low: [1, 0], high: [0, 3], interior: [2, 1], value: 0 }),
    node([x([0, 2])], { low: [1, 1], high: [1, 0], interior: [0, 0], value: 3 }),
    node([whole([3], -9, 9)], { low: [1], high: [2], interior: [1], value: 7 }),
    node([of("bool", [3])], { low: [1], high: [2], interior: [0], value: 0 }),
    {
      inputs: [x([2, 3])],
      attrs: { low: [0, 0], high: [1, 1], interior: [0, 0], value: Number.NEGATIVE_INFINITY },
      wrt: [], // ∞ − ∞
    },
  ],
  pow: binary([0.2, 3], [-2, 2]),
  randomMask: [
    node([whole([2], -1e9, 1e9)], { shape: [3, 7], kept: 40_000, dtype: "f32" }),
    node([whole([2], -1e9, 1e9)], { shape: [4, 40], kept: 9_000, dtype: "f32" }),
    node([whole([2], -1e9, 1e9)], { shape: [6], kept: 30_000, dtype: "f64" }),
    node([whole([2], -1e9, 1e9)], { shape: [], kept: 65_536, dtype: "f32" }),
    node([whole([2], -1e9, 1e9)], { shape: [5], kept: 0, dtype: "f32" }),
  ],
  randomUniform: [
    node([whole([2], -1e9, 1e9)], { shape: [5], dtype: "f64" }),
    node([whole([2], -1e9, 1e9)], { shape: [3, 7], dtype: "f32" }),
    node([whole([2], -1e9, 1e9)], { shape: [], dtype: "f64" }),
  ],
  reduceMax: [
    node([x([2, 3])], { axes: [0] }),
    node([x([2, 3])], { axes: [1] }),
    node([x([3, 4, 5])], { axes: [0, 2] }),
    node([x([4, 20])], { axes: [0] }),
    node([x([20])], { axes: [0] }),
    node([whole([4, 3], -9, 9)], { axes: [0] }),
  ],
  reduceSum: [
    node([x([2, 3])], { axes: [0] }),
    node([x([2, 3])], { axes: [0, 1] }),
    node([x([3, 4, 5])], { axes: [1] }),
    node([x([3, 4, 5])], { axes: [0, 2] }),
    node([x([30, 20])], { axes: [0] }),
    node([x([20])], { axes: [0] }),
    node([x([2, 0])], { axes: [1] }),
    node([x([0, 2])], { axes: [1] }),
    node([whole([4, 3], -9, 9)], { axes: [1] }),
  ],
  relu: unary(),
  reshape: [
    node([x([2, 3])], { shape: [3, 2] }),
    node([x([4, 1, 5])], { shape: [4, 5] }),
    node([x([6, 4])], { shape: [2, 3, 4] }),
    node([x([1])], { shape: [] }),
    node([x([0, 2])], { shape: [3, 0] }),
  ],
  reverse: [
    node([x([4])], { axes: [0] }),
    node([x([3, 2])], { axes: [0, 1] }),
    node([x([5, 4])], { axes: [1] }),
    node([of("bool", [5])], { axes: [0] }),
  ],
  round: unary(),
  scatterAdd: [
    node([whole([4], 0, 3), x([4])], { axis: 0, length: 3 }),
    node([whole([4], 0, 3), x([4, 2])], { axis: 0, length: 5 }),
    node([whole([2, 3], 0, 4), x([5, 2, 3, 2])], { axis: 1, length: 4 }),
    node([whole([], 0, 4), x([5])], { axis: 0, length: 4 }),
    node([whole([0], 0, 4), x([0, 2])], { axis: 0, length: 4 }),
    node([whole([4], 0, 3), whole([4, 2], -9, 9)], { axis: 0, length: 3 }),
  ],
  sigmoid: unary(),
  sign: [...unary(), ...unary([-3, 3], "i32")],
  sin: unary([-6, 6]),
  slice: [
    node([x([5])], { starts: [1], stops: [4], strides: [1] }),
    node([x([5, 6])], { starts: [0, 1], stops: [5, 6], strides: [2, 3] }),
    node([x([9, 7])], { starts: [2, 0], stops: [9, 7], strides: [3, 1] }),
    node([x([4])], { starts: [2], stops: [2], strides: [1] }),
    node([of("bool", [5])], { starts: [0], stops: [5], strides: [2] }),
  ],
  softplus: unary([-4, 4]),
  sqrt: unary([0.1, 3]),
  step: unary(),
  stopGradient: unary(),
  sub: [...binary(), ...binary([-9, 9], [-9, 9], "i32")],
  tanh: unary(),
  transpose: [
    node([x([2, 3])], { order: [1, 0] }),
    node([x([2, 3, 4])], { order: [2, 0, 1] }),
    node([x([5, 4, 1])], { order: [1, 2, 0] }),
    node([of("bool", [2, 3])], { order: [1, 0] }),
  ],
  where: [
    ...[[], [2, 3], [5, 4], [0]].map((shape) => node([of("bool", shape), x(shape), x(shape)])),
    node([of("bool", [2, 9]), whole([2, 9], -9, 9), whole([2, 9], -9, 9)]),
    node([of("bool", [2, 9]), of("bool", [2, 9]), of("bool", [2, 9])]),
  ],
};
