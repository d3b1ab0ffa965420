import { type Code, f64, f64x2, i32, when, whilst } from "../../../runtime/wasm/instructions.ts";
import { advance, type Declare, type Local, moduleWriter } from "../../../runtime/wasm/module.ts";
import { chunkOf, defineDense, double } from "./dense.ts";
import { defineRows, type KernelShape, type RowWriter } from "./rowLoop.ts";

/** What a kernel can do to the rows from `from` to `to` of a side: (task, scratch, from, to). */
export const rowTasks = [
  ...(["exact", "conjugateGradient", "nonnegative", "normal", "values", "slopes"] as const),
];
export type RowTask = (typeof rowTasks)[number];

/** Steps of conjugate gradients, or sweeps over the coordinates, that a row takes. */
export const innerSteps = 3;

/**
 * The inner loops of alternating least squares, as WebAssembly with vectors of two doubles. For a row with factors x
 * (and bias, as one more factor of the feature 1) whose entries e have the features v, targets t and weights w:
 *
 *     A = Σ w vvᵀ + λI (+ VᵀV),   b = Σ c v          explicit: w = 1, c = t = r − μ − bias;   implicit: w = αr, c = 1 + αr
 *
 * `exact` factors A (n³/6 after m·n²/2 for m entries), `conjugateGradient` takes three steps without forming it (m·n each),
 * `nonnegative` three sweeps of coordinate descent; each then leaves the row's part of the objective in `out`, as
 * `values` does alone: Σ (t − x·v)², or Σ (1 + αr)(1 − x·v)² − (x·v)². `slopes` leaves ‖b − Ax‖². `normal` leaves A and b of
 * one row in the scratch.
 *
 * No row reads another of its side: any division of rows among threads gives the same bits.
 *
 * @see Zhou et al. (2008), ALS-WR; Hu, Koren & Volinsky (2008); Takács, Pilászy & Tikk (2011), Applications of the conjugate
 *   gradient method for implicit feedback collaborative filtering, algorithm 1; Cichocki & Phan (2009), HALS
 */
export function rowKernel(
  shape: KernelShape,
  memory: { readonly shared: boolean },
): Uint8Array<ArrayBuffer> {
  const { n, biasAt, implicit } = shape;
  const module = moduleWriter();
  const dense = defineDense(module, n);
  const stride = n * double;
  const pairs = Array.from({ length: n / 2 }, (_, k) => 2 * k * double);

  module.define("gram", 3, (declare, rows, count, a) => {
    const part = declare("i32");
    const chunk = i32.const(chunkOf(n));
    return [
      ...fill(a.get, n * n, declare),
      ...whilst(count.get, [
        ...part.set(count.get),
        ...when(i32.less(chunk, count.get), part.set(chunk)),
        ...dense.addProducts(rows.get, rows.get, part.get, a.get),
        ...rows.set(i32.add(rows.get, i32.mul(part.get, i32.const(stride)))),
        ...count.set(i32.sub(count.get, part.get)),
      ]),
      ...dense.mirror(a.get),
    ];
  });

  /** Σ aᵢbᵢ in four running sums of two. */
  function dot(
    a: Local,
    b: Local,
    declare: Declare,
  ): { readonly code: Code; readonly value: Code } {
    const sums = [0, 1, 2, 3].map(() => declare("f64x2"));
    const [first, second, third, fourth] = sums.map(({ get }) => get);
    const total = declare("f64x2");
    return {
      code: [
        ...pairs.flatMap((at, k) => {
          const sum = sums[k % 4]!;
          const product = f64x2.mul(f64x2.load(a.get, at), f64x2.load(b.get, at));
          return sum.set(k < 4 ? product : f64x2.add(sum.get, product));
        }),
        ...total.set(
          n < 8
            ? f64x2.add(first!, second!)
            : f64x2.add(f64x2.add(first!, second!), f64x2.add(third!, fourth!)),
        ),
      ],
      value: f64.add(f64x2.lane(total.get, 0), f64x2.lane(total.get, 1)),
    };
  }

  /** y ← y + factor·x, or y ← factor·x (+ y). */
  const addTo = (y: Local, factor: Local, x: Local): Code =>
    pairs.flatMap((at) =>
      f64x2.store(
        y.get,
        f64x2.add(f64x2.load(y.get, at), f64x2.mul(factor.get, f64x2.load(x.get, at))),
        at,
      ),
    );

  function fill(address: Code, count: number, declare: Declare): Code {
    const [at, end] = [declare("i32"), declare("i32")];
    return [
      ...at.set(address),
      ...end.set(i32.add(at.get, i32.const(count * double))),
      ...whilst(i32.less(at.get, end.get), [
        ...f64x2.store(at.get, f64x2.splat(f64.const(0))),
        ...advance(at, 2 * double),
      ]),
    ];
  }

  /** A and b of the row. */
  function normalEquations(
    { places, entries, strength, v, extra, target, gram }: RowWriter,
    declare: Declare,
  ): Code {
    const { matrix, vector, rows, scaled } = places;
    const [count, to, toScaled, diagonal] = [
      declare("i32"),
      declare("i32"),
      declare("i32"),
      declare("i32"),
    ];
    const [factor, weight, pair, source] = [
      declare("f64x2"),
      declare("f64x2"),
      declare("f64x2"),
      declare("i32"),
    ];
    const start: Code = implicit
      ? [
          ...source.set(gram),
          ...diagonal.set(matrix.get),
          ...whilst(i32.less(diagonal.get, vector.get), [
            ...f64x2.store(diagonal.get, f64x2.load(source.get)),
            ...advance(source, 2 * double),
            ...advance(diagonal, 2 * double),
          ]),
        ]
      : fill(matrix.get, n * n, declare);
    const flush: Code = [
      ...dense.addProducts(rows.get, implicit ? scaled.get : rows.get, count.get, matrix.get),
      ...count.set(i32.const(0)),
      ...to.set(rows.get),
      ...toScaled.set(scaled.get),
    ];
    return [
      ...start,
      ...diagonal.set(matrix.get),
      ...whilst(i32.less(diagonal.get, vector.get), [
        ...f64.store(diagonal.get, f64.add(f64.load(diagonal.get), strength.get)),
        ...advance(diagonal, stride + double),
      ]),
      ...fill(vector.get, n, declare),
      ...count.set(i32.const(0)),
      ...to.set(rows.get),
      ...toScaled.set(scaled.get),
      ...entries([
        ...factor.set(f64x2.splat(target.get)),
        ...(implicit ? weight.set(f64x2.splat(extra.get)) : []),
        ...pairs.flatMap((k) => [
          ...pair.set(f64x2.load(v.get, k)),
          ...f64x2.store(to.get, pair.get, k),
          ...(implicit ? f64x2.store(toScaled.get, f64x2.mul(weight.get, pair.get), k) : []),
          ...f64x2.store(
            vector.get,
            f64x2.add(f64x2.load(vector.get, k), f64x2.mul(factor.get, pair.get)),
            k,
          ),
        ]),
        ...advance(count, 1),
        ...advance(to, stride),
        ...advance(toScaled, stride),
        ...when(i32.less(i32.const(chunkOf(n) - 1), count.get), flush),
      ]),
      ...flush,
    ];
  }

  /** The row's part of the objective, penalty aside. */
  function value({ places, entries, v, extra, target, result }: RowWriter, declare: Declare): Code {
    const [sum, score, error] = [declare("f64"), declare("f64"), declare("f64")];
    const product = dot(places.x, v, declare);
    const square = (of: Local): Code => f64.mul(of.get, of.get);
    const part = implicit
      ? f64.sub(f64.mul(f64.add(f64.const(1), extra.get), square(error)), square(score))
      : square(error);
    return [
      ...sum.set(f64.const(0)),
      ...entries([
        ...product.code,
        ...score.set(product.value),
        ...error.set(f64.sub(implicit ? f64.const(1) : target.get, score.get)),
        ...sum.set(f64.add(sum.get, part)),
      ]),
      ...result(sum.get),
    ];
  }

  /** out ← sign·(A of all entries)·p, without A: out ← sign·(λp + Gp + Σ w (v·p) v), and for the residual of x, b besides. */
  function product(
    { entries, strength, v, extra, target, gram }: RowWriter,
    out: Local,
    p: Local,
    residual: boolean,
    declare: Declare,
  ): Code {
    const [factor, score, sign] = [declare("f64x2"), dot(p, v, declare), residual ? -1 : 1];
    const [column, at] = [declare("i32"), declare("i32")];
    const weighted = implicit ? f64.mul(extra.get, score.value) : score.value;
    return [
      ...factor.set(f64x2.splat(f64.mul(f64.const(sign), strength.get))),
      ...pairs.flatMap((k) => f64x2.store(out.get, f64x2.mul(factor.get, f64x2.load(p.get, k)), k)),
      ...(implicit
        ? [
            ...column.set(gram),
            ...at.set(p.get),
            ...whilst(i32.less(at.get, i32.add(p.get, i32.const(stride))), [
              ...factor.set(f64x2.splat(f64.mul(f64.const(sign), f64.load(at.get)))),
              ...addTo(out, factor, column),
              ...advance(column, stride),
              ...advance(at, double),
            ]),
          ]
        : []),
      ...entries([
        ...score.code,
        ...factor.set(f64x2.splat(residual ? f64.sub(target.get, weighted) : weighted)),
        ...addTo(out, factor, v),
      ]),
    ];
  }

  function conjugateGradient(row: RowWriter, declare: Declare): Code {
    const { x, residual, direction, image } = row.places;
    const [square, next, step] = [declare("f64"), declare("f64"), declare("i32")];
    const [curvature, length, factor] = [
      dot(direction, image, declare),
      declare("f64"),
      declare("f64x2"),
    ];
    const norm = dot(residual, residual, declare);
    const copy = pairs.flatMap((k) => f64x2.store(direction.get, f64x2.load(residual.get, k), k));
    return [
      ...product(row, residual, x, true, declare),
      ...copy,
      ...norm.code,
      ...square.set(norm.value),
      ...step.set(i32.const(innerSteps)),
      ...whilst(step.get, [
        ...advance(step, -1),
        ...product(row, image, direction, false, declare),
        ...curvature.code,
        ...length.set(curvature.value),
        // Where the residual is 0 to rounding, the row is where it should be.
        ...when(
          f64.greater(length.get, f64.const(1e-200)),
          [
            ...length.set(f64.div(square.get, length.get)),
            ...factor.set(f64x2.splat(length.get)),
            ...addTo(x, factor, direction),
            ...factor.set(f64x2.splat(f64.sub(f64.const(0), length.get))),
            ...addTo(residual, factor, image),
            ...norm.code,
            ...next.set(norm.value),
            ...factor.set(f64x2.splat(f64.div(next.get, square.get))),
            ...square.set(next.get),
            ...pairs.flatMap((k) =>
              f64x2.store(
                direction.get,
                f64x2.add(
                  f64x2.load(residual.get, k),
                  f64x2.mul(factor.get, f64x2.load(direction.get, k)),
                ),
                k,
              ),
            ),
          ],
          step.set(i32.const(0)),
        ),
      ]),
    ];
  }

  function nonnegative({ places }: RowWriter, declare: Declare): Code {
    const { matrix, vector, x } = places;
    const [step, at, line, b] = [declare("i32"), declare("i32"), declare("i32"), declare("i32")];
    const [own, slope] = [declare("f64"), declare("f64")];
    const product = dot(line, x, declare);
    // A bias may have either sign.
    const isFactor =
      biasAt === undefined
        ? i32.const(1)
        : i32.less(at.get, i32.add(x.get, i32.const(biasAt * double)));
    return [
      ...dense.mirror(matrix.get),
      ...step.set(i32.const(innerSteps)),
      ...whilst(step.get, [
        ...advance(step, -1),
        ...line.set(matrix.get),
        ...at.set(x.get),
        ...b.set(vector.get),
        ...whilst(i32.less(line.get, vector.get), [
          ...own.set(f64.load(i32.add(line.get, i32.sub(at.get, x.get)))),
          ...when(f64.greater(own.get, f64.const(0)), [
            ...product.code,
            ...slope.set(f64.sub(f64.load(b.get), product.value)),
            ...slope.set(f64.add(f64.load(at.get), f64.div(slope.get, own.get))),
            ...when(isFactor, slope.set(f64.max(f64.const(0), slope.get))),
            ...f64.store(at.get, slope.get),
          ]),
          ...advance(line, stride),
          ...advance(at, double),
          ...advance(b, double),
        ]),
      ]),
    ];
  }

  const changing = (name: RowTask, solve: (row: RowWriter, declare: Declare) => Code): void =>
    defineRows(module, shape, name, true, (row, declare) => [
      ...solve(row, declare),
      ...value(row, declare),
    ]);
  changing("exact", (row, declare) => {
    const { matrix, inverses, vector, x } = row.places;
    return [
      ...normalEquations(row, declare),
      ...dense.factor(matrix.get, inverses.get),
      ...dense.solve(matrix.get, inverses.get, vector.get, x.get),
    ];
  });
  changing("conjugateGradient", conjugateGradient);
  changing("nonnegative", (row, declare) => [
    ...normalEquations(row, declare),
    ...nonnegative(row, declare),
  ]);
  defineRows(module, shape, "normal", false, (row, declare) => [
    ...normalEquations(row, declare),
    ...dense.mirror(row.places.matrix.get),
  ]);
  defineRows(module, shape, "values", false, value);
  defineRows(module, shape, "slopes", false, (row, declare) => {
    const { x, residual } = row.places;
    const norm = dot(residual, residual, declare);
    return [...product(row, residual, x, true, declare), ...norm.code, ...row.result(norm.value)];
  });
  return module.bytes(memory);
}
