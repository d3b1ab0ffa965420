import { type DotAttrs, dotLayout } from "../../array/primitives/dot.ts";
import type { OpName } from "../../array/primitives/registry.ts";
import type { Program } from "../../array/program.ts";
import { sizeOf } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";

/** What it takes that a program gives the same bits on any number of threads. */
export interface SameBits {
  /** More threads than this would give other bits. */
  readonly mostThreads: number;
  /** Products to compute as the transpose of the product of the transposes. */
  readonly swapped: ReadonlySet<Tensor>;
}

/** Beyond this many threads, one operation's parts are too small to be worth it. */
const mostThreads = 8;

// From ONNX Runtime's matrix library, MLAS. A product of M × K by K × N elements with N > M is cut between
// threads along N, in blocks of 16 columns; sums over K are made in strides, and those are longer where a
// thread has few columns. So its bits are the same for as many threads as leave the strides alike. Products
// in double, and those whose first operand is transposed, are the same always. (`sameBits.test.ts` asks
// the library itself.) A column is added up by rows in groups, which threads cut.
const blockColumns = 16;
const threadWork = 64 * 1024;

// Elementwise functions in double that compute the last few elements of each thread in another way than
// the rest, and the size of array from which there are several threads.
const uneven: ReadonlySet<OpName> = new Set(["exp", "expm1", "sigmoid", "softplus", "tanh"]);
const sharedSize = 8192;

/** Multiplications below which a second thread gains little. */
const smallWork = 5e6;

interface Product {
  readonly node: Tensor;
  /** Products side by side. */
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly work: number;
}

/** Reads off a program which products would differ, and how to do without. */
export function sameBits(program: Program): SameBits {
  const products = program.nodes.flatMap((node) => (node.op === "dot" ? [productOf(node)] : []));
  const total = products.reduce((sum, { work }) => sum + work, 0);
  const swapped = new Set<Tensor>();
  const { nodes } = program;
  const isUneven = nodes.some(
    ({ op, dtype, size }) => dtype === "f64" && size > sharedSize && uneven.has(op),
  );
  let most = isUneven ? 1 : mostThreads;
  for (const product of products) {
    const own = threadsOf(product);
    if (own === mostThreads) continue;
    if (product.n === 1) {
      swapped.add(product.node); // costs nothing
      continue;
    }
    // Another transpose and less fusion cost a third of the product: worth it where fewer threads would
    // cost more, because most of the work is elsewhere, or because the product would stay on one.
    const minor = product.work < 0.1 * total;
    const large = own === 1 && product.work > smallWork;
    if (isOfMatrices(product.node) && (minor || large)) swapped.add(product.node);
    else most = Math.min(most, own);
  }
  return { mostThreads: most, swapped };
}

function productOf(node: Tensor): Product {
  const [lhs, rhs] = node.inputs;
  const layout = dotLayout(lhs!.shape, rhs!.shape, node.attrs as object as DotAttrs); // dots are recorded with these
  const [batch, m, n, k] = [layout.batch, layout.rows, layout.columns, layout.inner].map(sizeOf);
  return { node, batch: batch!, m: m!, n: n!, k: k!, work: batch! * m! * n! * k! };
}

const isOfMatrices = ({ inputs, attrs }: Tensor): boolean =>
  inputs.every(({ shape }) => shape.length === 2) &&
  (attrs as object as DotAttrs).lhsContract.length === 1;

/** The most threads that give the bits that one gives. */
function threadsOf({ node, batch, m, n, k, work }: Product): number {
  const transposed = isOfMatrices(node) && (node.attrs as object as DotAttrs).lhsContract[0] === 0;
  if (node.dtype !== "f32" || transposed || m === 1 || work < threadWork) return mostThreads;
  if (n === 1) return isOfMatrices(node) ? 1 : mostThreads; // the primitive sees to the others
  if (n <= m) return mostThreads;
  const blocks = Math.ceil(n / blockColumns);
  for (let threads = 2; threads <= mostThreads; threads++) {
    const worthwhile = work < threadWork * threads ? Math.floor(work / threadWork) + 1 : threads;
    const own = Math.min(Math.ceil(worthwhile / batch), blocks);
    // The last thread has the fewest columns.
    const last = Math.floor(blocks / own) * blockColumns - (blocks * blockColumns - n);
    if (stride(last, k) !== stride(n, k)) return threads - 1;
  }
  return mostThreads;
}

/** How many of K are added up at once for this many columns; no more than there are. */
function stride(columns: number, k: number): number {
  const length =
    columns > 64 || columns >= k ? 128 : columns > 32 ? 256 : columns > 16 ? 512 : 1024;
  return Math.min(length, k);
}
