/**
 * How an algorithm asks for what it does not compute itself.
 *
 * A solver, a line search or Lanczos is written once, as a generator that yields requests and is
 * answered with numbers. `answer` drives it with a synchronous oracle (generated JavaScript: no
 * promise in the inner loop of a ten-nanosecond function), `answerAsync` with one that awaits (ONNX
 * Runtime).
 */

/** A flat float64 vector. */
export type Vector = Float64Array;

/**
 * What may be asked of an objective f: ℝⁿ → ℝ at a point. The oracle does not change the vectors, and
 * does not keep them: the asker may use their memory again after the answer.
 */
export type Request =
  | { readonly kind: "value"; readonly x: Vector }
  | { readonly kind: "gradient"; readonly x: Vector }
  | { readonly kind: "hvp"; readonly x: Vector; readonly direction: Vector }
  | { readonly kind: "hessian"; readonly x: Vector };

/** f(x), and for a `gradient` request ∇f(x) as well. The gradient is the caller's to keep. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Vector;
}

/**
 * `value` is answered by a number, `gradient` by an Evaluation, `hvp` by H·direction, `hessian` by the
 * n×n row-major H. The last two are read before the next request: an oracle may use their memory again.
 */
export type Reply = number | Evaluation | Vector;

/** A computation that may ask, and ends in a `T`. */
export type Ask<T> = Generator<Request, T, Reply>;

// The casts below are the protocol's one contract: the oracle answers a request of a kind with that kind's reply.

/** f(x). */
export function* askValue(x: Vector): Ask<number> {
  return (yield { kind: "value", x }) as number;
}

/** f(x) and ∇f(x), in one evaluation. */
export function* askGradient(x: Vector): Ask<Evaluation> {
  return (yield { kind: "gradient", x }) as Evaluation;
}

/** ∇²f(x)·direction. */
export function* askHvp(x: Vector, direction: Vector): Ask<Vector> {
  return (yield { kind: "hvp", x, direction }) as Vector;
}

/** ∇²f(x), row-major n×n. */
export function* askHessian(x: Vector): Ask<Vector> {
  return (yield { kind: "hessian", x }) as Vector;
}

/** Answers requests at once. */
export type Oracle = (request: Request) => Reply;
/** Answers requests in its own time. */
export type AsyncOracle = (request: Request) => Promise<Reply>;

/** Runs to the end with a synchronous oracle. */
export function answer<T>(asking: Ask<T>, oracle: Oracle): T {
  let turn = asking.next();
  while (!turn.done) turn = asking.next(oracle(turn.value));
  return turn.value;
}

/** Runs to the end with an asynchronous oracle. */
export async function answerAsync<T>(asking: Ask<T>, oracle: AsyncOracle): Promise<T> {
  let turn = asking.next();
  while (!turn.done) turn = asking.next(await oracle(turn.value));
  return turn.value;
}
