import type { DType } from "../../array/dtype.ts";
import { primitiveOf } from "../../array/graph.ts";
import { flatIndex } from "../../array/primitives/indexing.ts";
import type { Index, JsWriter } from "../../array/primitives/primitive.ts";
import { type Shape, sizeOf } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";

/** Loops of at most this many turns are written out, so that their indices are known and their arrays become variables. */
const unrollLimit = 16;
/** Code is not unrolled further once a unit has this many lines. */
const lineLimit = 1500;

/** Where a value is found: nowhere yet (computed where it is read), in a variable, in an array, or as a literal. */
export type Place =
  | { readonly kind: "inline" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "array"; readonly name: string }
  | { readonly kind: "literal"; readonly code: string };

/** What the writer asks of the compiler: where values are, and to put one into an array. */
export interface Places {
  placeOf(node: Tensor): Place;
  materialize(node: Tensor): string;
  fresh(prefix: string): string;
  /** Name of a new array that lives as long as the compiled code. */
  allocate(dtype: DType, size: number): string;
}

/**
 * Writes the code of one unit: a kernel, or the loop that fills one array. Values that live nowhere
 * are computed in place, once for each index and scope.
 */
export class UnitWriter implements JsWriter {
  readonly lines: string[] = [];
  readonly out: string;
  readonly #places: Places;
  readonly #scopes: Map<string, string>[] = [new Map()];
  #unrolled = 1;

  constructor(places: Places, out: string) {
    this.#places = places;
    this.out = out;
  }

  line(code: string): void {
    this.lines.push(code);
  }

  fresh(prefix: string): string {
    return this.#places.fresh(prefix);
  }

  buffer(node: Tensor): string {
    return this.#places.materialize(node);
  }

  read(node: Tensor, index: Index): string {
    const place = this.#places.placeOf(node);
    switch (place.kind) {
      case "literal":
        return place.code;
      case "variable":
        return place.name;
      case "array":
        return `${place.name}[${flatIndex(index, node.shape)}]`;
      case "inline":
        return this.#bind(`${node.id}@${index.join()}`, () => this.#compute(node, index));
    }
  }

  /** The element of an elementwise tree of arrays of one shape, at one flat position. */
  readFlat(node: Tensor, position: string): string {
    const place = this.#places.placeOf(node);
    switch (place.kind) {
      case "literal":
        return place.code;
      case "variable":
        return place.name;
      case "array":
        return node.size === 1 ? `${place.name}[0]` : `${place.name}[${position}]`;
      case "inline": {
        if (node.op === "broadcastTo" || node.op === "reshape")
          return this.readFlat(node.inputs[0]!, position);
        return this.#bind(`${node.id}@flat`, () => {
          const operands = node.inputs.map((input) => this.readFlat(input, position));
          return elementwise(node, operands);
        });
      }
    }
  }

  loops(shape: Shape, body: (index: Index) => void): void {
    this.loopsAround(1, shape, body);
  }

  loopsAround(inside: number, shape: Shape, body: (index: Index) => void): void {
    const size = sizeOf(shape);
    const turns = size * Math.max(1, inside) * this.#unrolled;
    if (turns <= unrollLimit && this.lines.length < lineLimit) {
      this.#unrolled *= Math.max(1, size);
      for (let flat = 0; flat < size; flat++) body(position(flat, shape));
      this.#unrolled /= Math.max(1, size);
      return;
    }
    const names = shape.map((length) => (length === 1 ? 0 : this.fresh("i")));
    const outer = this.#unrolled;
    this.#unrolled = unrollLimit + 1; // nothing inside a loop is unrolled: its own loops are hot
    shape.forEach((length, axis) => {
      const name = names[axis];
      if (typeof name === "string")
        this.line(`for (let ${name} = 0; ${name} < ${length}; ${name}++) {`);
    });
    this.#scopes.push(new Map());
    body(names);
    this.#scopes.pop();
    this.line(names.map((name) => (typeof name === "string" ? "}" : "")).join(""));
    this.#unrolled = outer;
  }

  chunks(length: number, by: number, body: (positions: Index) => void): void {
    const whole = length - (length % by);
    if (length * this.#unrolled <= unrollLimit && this.lines.length < lineLimit) {
      this.#unrolled *= Math.max(1, length);
      for (let start = 0; start < whole; start += by)
        body(Array.from({ length: by }, (_, i) => start + i));
      for (let start = whole; start < length; start++) body([start]);
      this.#unrolled /= Math.max(1, length);
      return;
    }
    const outer = this.#unrolled;
    this.#unrolled = unrollLimit + 1;
    for (const [from, to, step] of [
      [0, whole, by],
      [whole, length, 1],
    ] as const) {
      if (from === to) continue;
      const name = this.fresh("i");
      this.line(`for (let ${name} = ${from}; ${name} < ${to}; ${name} += ${step}) {`);
      this.#scopes.push(new Map());
      body(Array.from({ length: step }, (_, i) => (i === 0 ? name : `(${name} + ${i})`)));
      this.#scopes.pop();
      this.line("}");
    }
    this.#unrolled = outer;
  }

  scratch(size: number): string {
    return this.#places.allocate("f64", size);
  }

  /** One loop over flat positions. */
  flatLoop(size: number, body: (position: string) => void): void {
    const name = this.fresh("i");
    this.line(`for (let ${name} = 0; ${name} < ${size}; ${name}++) {`);
    this.#scopes.push(new Map());
    body(name);
    this.#scopes.pop();
    this.line("}");
  }

  #compute(node: Tensor, index: Index): string {
    const primitive = primitiveOf(node.op);
    if (primitive.emitJs !== undefined) {
      return elementwise(
        node,
        node.inputs.map((input) => this.read(input, index)),
      );
    }
    if (primitive.pullJs !== undefined) return primitive.pullJs(this, node, index);
    return `${this.#places.materialize(node)}[${flatIndex(index, node.shape)}]`;
  }

  /** A variable for an expression, made once in the scope where it was first needed. */
  #bind(key: string, compute: () => string): string {
    for (const scope of this.#scopes) {
      const known = scope.get(key);
      if (known !== undefined) return known;
    }
    const code = compute();
    // A name, a number, an element at a sum of indices: no variable needed. So a pad can decide before
    // it reads: elements outside of an array, though never used, slow the whole loop down.
    if (/^(\(?-?[\w.]+\)?|[a-z]\w*\[[\w\s+*()-]+\])$/.test(code)) return code;
    const name = this.fresh("v");
    this.line(`const ${name} = ${code};`);
    this.#scopes[this.#scopes.length - 1]!.set(key, name);
    return name;
  }
}

/**
 * The expression of an elementwise node. In f32 it is rounded at once, as if it had gone through an
 * array: a value must be the same number wherever it is read, or a maximum would not equal itself.
 */
function elementwise(node: Tensor, operands: readonly string[]): string {
  const code = primitiveOf(node.op).emitJs?.(operands, node) ?? "";
  return node.dtype === "f32" && !code.startsWith("Math.fround(") ? `Math.fround(${code})` : code;
}

function position(flat: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length).fill(0);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}
