import type { Ask, Vector } from "./ask.ts";
import { type Apply, vanishing } from "./cg.ts";
import { addScaled, axpy, dot } from "./vector.ts";

export interface MartensCgOptions {
  /** Where to start. */
  readonly start: Vector;
  /** The diagonal of a positive preconditioner M; undefined: I. */
  readonly preconditioner: Vector | undefined;
  /** Steps at most. */
  readonly maxIterations: number;
}

/** An iterate of CG with the value of its quadratic. */
export interface CgIterate {
  readonly x: Vector;
  /** gᵀx + ½xᵀAx. */
  readonly value: number;
  /** xᵀAx. */
  readonly curvature: number;
}

export interface MartensCgResult {
  /** Iterates 1, 2, … thinned out by 1.3 each, and the last, in order. */
  readonly iterates: readonly CgIterate[];
  /** Products with A. */
  readonly products: number;
  /** False if a product was not finite, or A turned out not positive. */
  readonly positive: boolean;
}

/**
 * Conjugate gradients on q(x) = gᵀx + ½xᵀAx for a large positive A, which end once q no longer falls by much:
 * at step i > k = max(10, i/10), if q < 0 and (qᵢ − qᵢ₋ₖ)/qᵢ < 5e-4·k. Early iterates are kept, because the
 * function that q models may well be lower there.
 *
 * @see Martens (2010), Deep learning via Hessian-free optimization, §§4.4, 4.6, 4.7
 */
export function* martensCg(
  apply: Apply,
  g: Vector,
  { start, preconditioner, maxIterations }: MartensCgOptions,
): Ask<MartensCgResult> {
  const n = g.length;
  const x = start.slice();
  const residual = g.slice();
  let products = 0;
  if (dot(x, x) > 0) {
    products++;
    axpy(1, yield* apply(x), residual);
  }
  const solved = new Float64Array(n);
  const precondition = (): number => {
    if (preconditioner === undefined) solved.set(residual);
    else for (let i = 0; i < n; i++) solved[i] = residual[i]! / preconditioner[i]!;
    return dot(residual, solved);
  };
  let square = precondition();
  const direction = new Float64Array(n);
  addScaled(direction, direction, -1, solved);
  // xᵀAx = xᵀ(residual − g), so q = ½xᵀ(residual + g): no product for either.
  const here = (): CgIterate => {
    const along = dot(x, residual);
    const slope = dot(x, g);
    return { x: x.slice(), value: 0.5 * (along + slope), curvature: along - slope };
  };
  const values: number[] = [];
  const iterates: CgIterate[] = [];
  let keepAt = 1;
  for (let i = 1; i <= maxIterations && square > vanishing * vanishing; i++) {
    const product = yield* apply(direction);
    products++;
    const curvature = dot(direction, product);
    if (!(curvature > 0) || !Number.isFinite(curvature)) {
      return { iterates, products, positive: false };
    }
    const stepSize = square / curvature;
    axpy(stepSize, direction, x);
    axpy(stepSize, product, residual);
    const next = precondition();
    for (let j = 0; j < n; j++) direction[j] = (next / square) * direction[j]! - solved[j]!;
    square = next;
    const iterate = here();
    values.push(iterate.value);
    const k = Math.max(10, Math.floor(0.1 * i));
    const before = values[i - 1 - k] ?? 0;
    const done = i > k && iterate.value < 0 && (iterate.value - before) / iterate.value < 5e-4 * k;
    if (i === keepAt || done || i === maxIterations) {
      iterates.push(iterate);
      keepAt = Math.max(i + 1, Math.ceil(1.3 * i));
    }
    if (done) return { iterates, products, positive: true };
  }
  if (iterates.at(-1)?.value !== values.at(-1) && values.length > 0) iterates.push(here());
  return { iterates, products, positive: true };
}
