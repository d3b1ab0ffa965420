import { type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Index } from "./primitive.ts";

type Part = number | string;

/** `a + b` as code, computed now where both are numbers. */
export function plus(a: Part, b: Part): Part {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (b === 0) return a;
  if (a === 0) return b;
  return typeof b === "number" && b < 0 ? `(${a} - ${-b})` : `(${a} + ${b})`;
}

/** `a · b` as code, computed now where both are numbers. */
export function times(a: Part, b: number): Part {
  if (typeof a === "number") return a * b;
  return b === 1 ? a : b === 0 ? 0 : `${a} * ${b}`;
}

/** The flat row-major position of an index. */
export function flatIndex(index: Index, shape: Shape): Part {
  const strides = stridesOf(shape);
  return index.reduce<Part>(
    (sum, part, axis) => plus(sum, shape[axis] === 1 ? 0 : times(part, strides[axis]!)),
    0,
  );
}

/** The index at a flat row-major position. */
export function unflatIndex(flat: Part, shape: Shape): Index {
  const strides = stridesOf(shape);
  const size = sizeOf(shape);
  return shape.map((length, axis) => {
    if (length === 1) return 0;
    const stride = strides[axis]!;
    if (typeof flat === "number") return Math.floor(flat / stride) % length;
    const quotient = stride === 1 ? flat : `((${flat}) / ${stride} | 0)`;
    // The outermost axis needs no remainder: the position is inside the array.
    return stride * length === size ? quotient : `(${quotient} % ${length})`;
  });
}

/** `condition ? a : b` as code; `true` and `false` are decided now. */
export function choose(condition: string | boolean, a: string, b: string): string {
  if (typeof condition === "boolean") return condition ? a : b;
  return `(${condition} ? ${a} : ${b})`;
}

/** Both must hold; decided now where possible. */
export function both(a: string | boolean, b: string | boolean): string | boolean {
  if (a === true) return b;
  if (b === true) return a;
  if (a === false || b === false) return false;
  return `${a} && ${b}`;
}

/** `low ≤ part < high`, decided now where possible. */
export function within(part: Part, low: number, high: number, length: number): string | boolean {
  if (typeof part === "number") return part >= low && part < high;
  return both(low <= 0 ? true : `${part} >= ${low}`, high >= length ? true : `${part} < ${high}`);
}
