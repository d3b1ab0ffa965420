import { type Code, f64, f64x2, i32, whilst } from "../../../runtime/wasm/instructions.ts";
import { advance, type Call, type Local, type ModuleWriter } from "../../../runtime/wasm/module.ts";

/** Bytes of a double. */
export const double = 8;

/** Rows of numbers that are multiplied at a time: these, and the block that is summed, stay in the nearest cache. */
export const chunkOf = (n: number): number => Math.max(8, Math.floor(3072 / n));

/** Dense linear algebra on n×n matrices, n a multiple of 4, row by row; of symmetric ones the upper triangle, in 4×4 blocks. */
export interface Dense {
  /** (rows, scaled, count, A): A ← A + Σ scaledᵢ rowᵢᵀ over `count` rows of n doubles. */
  readonly addProducts: Call;
  /** (A, inverses): A ← U with UᵀU = A, and the inverses of U's diagonal; 0, and a row of zeros, where A is singular to rounding. */
  readonly factor: Call;
  /** (U, inverses, b, x): x ← A⁻¹b. Destroys b. */
  readonly solve: Call;
  /** (A): fills the lower triangle. */
  readonly mirror: Call;
}

/**
 * The products of 4×4 blocks do nearly all of the work: eight registers of two sums each, to which a row adds four of
 * its numbers times four others with six loads. The factorization is made of the same products, with a minus.
 *
 * @see Goto & van de Geijn (2008), Anatomy of high-performance matrix multiplication; Golub & Van Loan (2013), §4.2.9
 */
export function defineDense(module: ModuleWriter, n: number): Dense {
  const stride = n * double;
  const [addBlock, takeBlock] = [
    defineBlock(module, "addBlock", f64x2.add, stride),
    defineBlock(module, "takeBlock", f64x2.sub, stride),
  ];

  const addProducts = module.define("addProducts", 4, (declare, rows, scaled, count, a) => {
    const [i, j, size] = [declare("i32"), declare("i32"), declare("i32")];
    const at = (base: Local, offset: Local): Code => i32.add(base.get, offset.get);
    return [
      ...size.set(i32.mul(count.get, i32.const(stride))),
      ...overBlocks(
        i,
        [],
        [
          ...j.set(i.get),
          ...whilst(i32.less(j.get, i32.const(stride)), [
            ...addBlock(at(rows, j), at(scaled, i), size.get, at(a, j)),
            ...advance(j, 4 * double),
          ]),
          ...advance(a, 4 * stride),
        ],
      ),
    ];
  });

  /** For i = 0, 4, 8 … n − 4, in bytes. */
  function overBlocks(i: Local, start: Code, body: Code): Code {
    return [
      ...i.set(i32.const(0)),
      ...start,
      ...whilst(i32.less(i.get, i32.const(stride)), [...body, ...advance(i, 4 * double)]),
    ];
  }

  const factor = module.define("factor", 2, (declare, a, inverses) => {
    const [i, j, row, size] = [declare("i32"), declare("i32"), declare("i32"), declare("i32")];
    const [at, other, inverse] = [declare("i32"), declare("i32"), declare("f64")];
    const [share, pivot] = [declare("f64"), declare("f64")];
    const columns = (body: Code): Code => [
      ...j.set(i.get),
      ...whilst(i32.less(j.get, i32.const(stride)), [...body, ...advance(j, 2 * double)]),
    ];
    const entry = (of: Local): Code => i32.add(of.get, j.get);
    const rows = [0, 1, 2, 3].flatMap((r) => [
      ...at.set(i32.add(row.get, i32.const(r * stride))),
      // Less what the rows above in this block take.
      ...Array.from({ length: r }, (_, s) => [
        ...other.set(i32.add(row.get, i32.const(s * stride))),
        ...share.set(f64.load(i32.add(other.get, i.get), r * double)),
        ...columns(
          f64x2.store(
            entry(at),
            f64x2.sub(
              f64x2.load(entry(at)),
              f64x2.mul(f64x2.splat(share.get), f64x2.load(entry(other))),
            ),
          ),
        ),
      ]).flat(),
      ...pivot.set(f64.load(i32.add(at.get, i.get), r * double)),
      // A pivot that cancels to rounding is a singular matrix's: its digits are noise.
      ...inverse.set(f64.const(0)),
      ...ifGreater(
        pivot.get,
        f64.mul(f64.const(1e-13), f64.load(i32.add(inverses.get, i.get), r * double)),
        inverse.set(f64.div(f64.const(1), f64.sqrt(pivot.get))),
      ),
      ...f64.store(i32.add(inverses.get, i.get), inverse.get, r * double),
      ...columns(
        f64x2.store(entry(at), f64x2.mul(f64x2.splat(inverse.get), f64x2.load(entry(at)))),
      ),
    ]);
    return [
      // What each pivot is compared with is the diagonal as it was.
      ...row.set(a.get),
      ...at.set(inverses.get),
      ...j.set(i32.add(inverses.get, i32.const(stride))),
      ...whilst(i32.less(at.get, j.get), [
        ...f64.store(at.get, f64.load(row.get)),
        ...advance(row, stride + double),
        ...advance(at, double),
      ]),
      ...row.set(a.get),
      ...overBlocks(i, size.set(i32.const(0)), [
        ...j.set(i.get),
        ...whilst(i32.less(j.get, i32.const(stride)), [
          ...takeBlock(
            i32.add(a.get, j.get),
            i32.add(a.get, i.get),
            size.get,
            i32.add(row.get, j.get),
          ),
          ...advance(j, 4 * double),
        ]),
        ...rows,
        ...advance(row, 4 * stride),
        ...advance(size, 4 * stride),
      ]),
    ];
  });

  const solve = module.define("solve", 4, (declare, u, inverses, b, x) => {
    const [k, j, row] = [declare("i32"), declare("i32"), declare("i32")];
    const [value, sum] = [declare("f64"), declare("f64x2")];
    // From the pair that holds k + 1; what stands before it there is not looked at again, or is 0.
    const after = (body: Code): Code => [
      ...j.set(i32.and(i32.add(k.get, i32.const(double)), i32.const(-2 * double))),
      ...whilst(i32.less(j.get, i32.const(stride)), [...body, ...advance(j, 2 * double)]),
    ];
    const entry = (of: Local): Code => i32.add(of.get, j.get);
    return [
      ...row.set(u.get),
      ...k.set(i32.const(0)),
      ...whilst(i32.less(k.get, i32.const(stride)), [
        ...value.set(
          f64.mul(f64.load(i32.add(b.get, k.get)), f64.load(i32.add(inverses.get, k.get))),
        ),
        ...f64.store(i32.add(x.get, k.get), value.get),
        ...after(
          f64x2.store(
            entry(b),
            f64x2.sub(
              f64x2.load(entry(b)),
              f64x2.mul(f64x2.splat(value.get), f64x2.load(entry(row))),
            ),
          ),
        ),
        ...advance(row, stride),
        ...advance(k, double),
      ]),
      ...whilst(k.get, [
        ...advance(row, -stride),
        ...advance(k, -double),
        ...value.set(f64.load(i32.add(x.get, k.get))),
        ...f64.store(i32.add(x.get, k.get), f64.const(0)),
        ...sum.set(f64x2.splat(f64.const(0))),
        ...after(
          sum.set(f64x2.add(sum.get, f64x2.mul(f64x2.load(entry(row)), f64x2.load(entry(x))))),
        ),
        ...f64.store(
          i32.add(x.get, k.get),
          f64.mul(
            f64.sub(value.get, f64.add(f64x2.lane(sum.get, 0), f64x2.lane(sum.get, 1))),
            f64.load(i32.add(inverses.get, k.get)),
          ),
        ),
      ]),
    ];
  });

  const mirror = module.define("mirror", 1, (declare, a) => {
    const [i, j, row, column] = [declare("i32"), declare("i32"), declare("i32"), declare("i32")];
    return [
      ...row.set(a.get),
      ...i.set(i32.const(0)),
      ...whilst(i32.less(i.get, i32.const(stride)), [
        ...j.set(i32.const(0)),
        ...column.set(i32.add(a.get, i.get)),
        ...whilst(i32.less(j.get, i.get), [
          ...f64.store(i32.add(row.get, j.get), f64.load(column.get)),
          ...advance(j, double),
          ...advance(column, stride),
        ]),
        ...advance(row, stride),
        ...advance(i, double),
      ]),
    ];
  });
  return { addProducts, factor, solve, mirror };
}

const ifGreater = (a: Code, b: Code, body: Code): Code => [
  ...f64.greater(a, b),
  ...[0x04, 0x40, ...body, 0x0b],
];

/** (right, left, size, A): the 4×4 block at A, plus or minus Σ leftᵢ rightᵢᵀ over rows that together have `size` bytes. */
function defineBlock(
  module: ModuleWriter,
  name: string,
  combine: (a: Code, b: Code) => Code,
  stride: number,
): Call {
  return module.define(name, 4, (declare, right, left, size, a) => {
    const sums = Array.from({ length: 8 }, () => declare("f64x2"));
    const [x0, x1, factor, end] = [
      declare("f64x2"),
      declare("f64x2"),
      declare("f64x2"),
      declare("i32"),
    ];
    const place = (s: number): number => (s >> 1) * stride + (s & 1) * 2 * double;
    return [
      ...sums.flatMap((sum, s) => sum.set(f64x2.load(a.get, place(s)))),
      ...end.set(i32.add(right.get, size.get)),
      ...whilst(i32.less(right.get, end.get), [
        ...x0.set(f64x2.load(right.get)),
        ...x1.set(f64x2.load(right.get, 2 * double)),
        ...[0, 1, 2, 3].flatMap((r) => [
          ...factor.set(f64x2.loadSplat(left.get, r * double)),
          ...[x0, x1].flatMap((x, c) =>
            sums[2 * r + c]!.set(combine(sums[2 * r + c]!.get, f64x2.mul(factor.get, x.get))),
          ),
        ]),
        ...advance(right, stride),
        ...advance(left, stride),
      ]),
      ...sums.flatMap((sum, s) => f64x2.store(a.get, sum.get, place(s))),
    ];
  });
}
