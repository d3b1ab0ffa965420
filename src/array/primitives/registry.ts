import type { Tensor } from "../tensor.ts";
import type { Inputs, Primitive } from "./primitive.ts";
import type * as table from "./table.ts";

type Table = typeof table;

/** The name of a primitive. */
export type OpName = keyof Table;

type ArityOf<P> = P extends Primitive<infer N, infer _A> ? N : never;
type AttrsOf<P> = P extends Primitive<infer _N, infer A> ? A : never;
type Arguments<P> = [keyof AttrsOf<P>] extends [never]
  ? Inputs<ArityOf<P>>
  : readonly [...Inputs<ArityOf<P>>, AttrsOf<P>];

/** Every primitive as a function that records it: the tensors, then its attributes if it has any. */
export type Ops = { readonly [K in OpName]: (...args: Arguments<Table[K]>) => Tensor };
