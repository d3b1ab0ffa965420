import { type Code, f64, f64x2, i32, whilst } from "../../../runtime/wasm/instructions.ts";
import {
  advance,
  type Declare,
  type Local,
  type ModuleWriter,
} from "../../../runtime/wasm/module.ts";
import { chunkOf, double } from "./dense.ts";

/** What a kernel is made for. */
export interface KernelShape {
  /** Numbers in a row of factors in memory: a multiple of 4. */
  readonly n: number;
  /** Where a row has its bias, if rows have one. The feature there is 1. */
  readonly biasAt: number | undefined;
  readonly implicit: boolean;
}

/** A task in memory: where a side's entries and factors stand, and what it minimizes. Offsets in bytes. */
export const task = {
  starts: 0,
  columns: 4,
  values: 8,
  own: 12,
  other: 16,
  ownBiases: 20,
  otherBiases: 24,
  /** A number for each row, which the function writes. */
  out: 28,
  /** VᵀV of the other side. Implicit only. */
  gram: 32,
  mean: 40,
  /** λ of a row of m entries: fixed + perEntry·m. */
  fixed: 48,
  perEntry: 56,
  confidence: 64,
  size: 72,
} as const;

/** Room that a thread works in, for rows of n. Offsets in bytes. */
export function scratchOf(n: number) {
  const [square, row] = [n * n * double, n * double];
  const matrix = 0;
  const vector = matrix + square;
  const [x, inverses, residual, direction, image] = [1, 2, 3, 4, 5].map((k) => vector + k * row);
  const rows = vector + 6 * row;
  const scaled = rows + chunkOf(n) * row;
  const size = scaled + chunkOf(n) * row;
  return {
    ...{ matrix, vector, x: x!, inverses: inverses!, residual: residual! },
    ...{ direction: direction!, image: image!, rows, scaled, size },
  };
}

/** A row while its loop is written. */
export interface RowWriter {
  /** Where the thread works. */
  readonly places: Readonly<Record<Place, Local>>;
  readonly strength: Local;
  /** Of the entry that `entries` is at: its features, αr, and t or 1 + αr. */
  readonly v: Local;
  readonly extra: Local;
  readonly target: Local;
  readonly gram: Code;
  /** Does the body for each entry of the row. */
  entries(body: Code): Code;
  /** Leaves the row's number. */
  result(value: Code): Code;
}

type Place = Exclude<keyof ReturnType<typeof scratchOf>, "size">;

/**
 * Writes a function (task, scratch, from, to): for each row of the task from `from` on and below `to`, loads its factors and its bias
 * into x, does what `write` says, and, if they `change`, keeps x.
 */
export function defineRows(
  module: ModuleWriter,
  { n, biasAt, implicit }: KernelShape,
  name: string,
  change: boolean,
  write: (row: RowWriter, declare: Declare) => Code,
): void {
  const stride = n * double;
  const { size: _, ...offsets } = scratchOf(n);
  module.define(name, 4, (declare, at, room, from, to) => {
    const placed = Object.entries(offsets).map(([place, offset]) => {
      const variable = declare("i32");
      return { place, variable, code: variable.set(i32.add(room.get, i32.const(offset))) };
    });
    // One for each key of `offsets`.
    const places = Object.fromEntries(
      placed.map(({ place, variable }) => [place, variable]),
    ) as RowWriter["places"];
    const [begin, end, own] = [declare("i32"), declare("i32"), declare("i32")];
    const [entry, value, v] = [declare("i32"), declare("i32"), declare("i32")];
    const [strength, extra, target] = [declare("f64"), declare("f64"), declare("f64")];
    const field = (offset: number): Code => i32.load(at.get, offset);
    const index = (base: Code, i: Code, size: number): Code =>
      i32.add(base, i32.mul(i, i32.const(size)));
    const explicitTarget =
      biasAt === undefined
        ? f64.load(value.get)
        : f64.sub(
            f64.sub(f64.load(value.get), f64.load(at.get, task.mean)),
            f64.load(index(field(task.otherBiases), i32.load(entry.get), double)),
          );
    const row: RowWriter = {
      ...{ places, strength, v, extra, target, gram: field(task.gram) },
      entries: (body) => [
        ...entry.set(index(field(task.columns), begin.get, 4)),
        ...value.set(index(field(task.values), begin.get, double)),
        ...whilst(i32.less(entry.get, index(field(task.columns), end.get, 4)), [
          ...v.set(index(field(task.other), i32.load(entry.get), stride)),
          ...(implicit
            ? extra.set(f64.mul(f64.load(at.get, task.confidence), f64.load(value.get)))
            : []),
          ...target.set(implicit ? f64.add(f64.const(1), extra.get) : explicitTarget),
          ...body,
          ...advance(entry, 4),
          ...advance(value, double),
        ]),
      ],
      result: (result) => f64.store(index(field(task.out), from.get, double), result),
    };
    const { x } = places;
    const copy = (to: Local, source: Local): Code =>
      Array.from({ length: n / 2 }, (_, k) => 2 * k * double).flatMap((k) =>
        f64x2.store(to.get, f64x2.load(source.get, k), k),
      );
    const bias = index(field(task.ownBiases), from.get, double);
    const keep: Code = [
      ...copy(own, x),
      ...(biasAt === undefined
        ? []
        : [
            ...f64.store(bias, f64.load(x.get, biasAt * double)),
            ...f64.store(own.get, f64.const(1), biasAt * double),
          ]),
    ];
    return [
      ...placed.flatMap(({ code }) => code),
      ...whilst(i32.less(from.get, to.get), [
        ...begin.set(i32.load(index(field(task.starts), from.get, 4))),
        ...end.set(i32.load(index(field(task.starts), from.get, 4), 4)),
        ...strength.set(
          f64.add(
            f64.load(at.get, task.fixed),
            f64.mul(f64.load(at.get, task.perEntry), f64.fromI32(i32.sub(end.get, begin.get))),
          ),
        ),
        ...own.set(index(field(task.own), from.get, stride)),
        ...copy(x, own),
        ...(biasAt === undefined ? [] : f64.store(x.get, f64.load(bias), biasAt * double)),
        ...write(row, declare),
        ...(change ? keep : []),
        ...advance(from, 1),
      ]),
    ];
  });
}
