import { threads as here } from "#threads";
import { NadirError } from "../../../base/errors.ts";
import { alone } from "../../../runtime/threads/crew.ts";
import {
  canShare,
  functionsOf,
  type WasmModule,
  webAssembly,
} from "../../../runtime/wasm/instance.ts";
import { mostPages } from "../../../runtime/wasm/module.ts";
import type { Rows, Table } from "../ratings.ts";
import { double } from "./dense.ts";
import { type RowTask, rowKernel, rowTasks } from "./rowKernel.ts";
import { type KernelShape, scratchOf, task } from "./rowLoop.ts";

export type SideName = "users" | "items";

/** What is factorized, and how its rows are weighed. */
export interface WorkspacePlan {
  readonly rank: number;
  readonly biases: boolean;
  readonly implicit: boolean;
  readonly mean: number;
  readonly confidence: number;
  /** λ of a row of m entries: fixed + perEntry·m. */
  readonly strength: { readonly fixed: number; readonly perEntry: number };
  readonly threads: number;
}

/** One side in the memory of the kernel. */
interface WorkSide {
  /** `[rows, n]`: factors, a 1 where there are biases, zeros. */
  readonly factors: Float64Array;
  readonly biases: Float64Array;
  /** `[n, n]`: VᵀV of the factors. Implicit only. */
  readonly gram: Float64Array;
}

/** A table and its factors in memory that threads share, and what the kernel does there. */
export interface Workspace extends Disposable {
  /** Numbers in a row of factors. */
  readonly n: number;
  readonly users: WorkSide;
  readonly items: WorkSide;
  /** Where `normal` leaves A `[n, n]` and b `[n]`. */
  readonly normal: { readonly matrix: Float64Array; readonly vector: Float64Array };
  /** Does a task for all rows of a side, and adds up what it leaves for each. */
  run(side: SideName, what: RowTask): number;
  /** Does a task for one row. */
  runRow(side: SideName, what: RowTask, row: number): void;
  /** Brings `gram` up to date. */
  updateGram(side: SideName): void;
}

/** Entries of the rows that a thread takes at a time. */
const entriesOfBlock = 2048;

/**
 * Lays ratings and factors out in memory, and starts the threads. They end when it is disposed.
 *
 * @throws NadirError `factorization/memory` past 4 GiB, which is what the kernel can address; `threads/…`
 */
export function openWorkspace(table: Table, plan: WorkspacePlan): Workspace {
  const { rank, biases, implicit, threads } = plan;
  const n = 4 * Math.ceil((rank + (biases ? 1 : 0)) / 4);
  const layout = new Layout();
  const scratch = Array.from({ length: threads }, () => layout.take(scratchOf(n).size));
  const [users, items] = [table.byUser, table.byItem].map((rows) => {
    const count = rows.starts.length - 1;
    const bounds = blocksOf(rows);
    return {
      ...{ rows, count, bounds },
      at: {
        task: layout.take(task.size),
        starts: layout.take(4 * (count + 1)),
        columns: layout.take(4 * rows.columns.length),
        values: layout.take(double * rows.values.length),
        factors: layout.take(double * count * n),
        biases: layout.take(double * count),
        out: layout.take(double * count),
        gram: layout.take(double * n * n),
        bounds: layout.take(4 * bounds.length),
      },
    };
  }) as [Placed, Placed]; // of two
  const memory = memoryOf(layout.end, threads > 1);
  const view = (at: number, length: number) => new Float64Array(memory.buffer, at, length);
  for (const [own, other] of [
    [users, items],
    [items, users],
  ] as const) {
    const { at, rows, bounds } = own;
    for (const [place, numbers] of [
      [at.starts, rows.starts],
      [at.columns, rows.columns],
      [at.bounds, bounds],
    ] as const)
      new Int32Array(memory.buffer, place, numbers.length).set(numbers);
    view(at.values, rows.values.length).set(rows.values);
    const fields = new DataView(memory.buffer, at.task, task.size);
    const addresses = {
      ...{ starts: at.starts, columns: at.columns, values: at.values, out: at.out },
      ...{ own: at.factors, ownBiases: at.biases },
      ...{ other: other.at.factors, otherBiases: other.at.biases, gram: other.at.gram },
    };
    for (const [name, address] of Object.entries(addresses))
      fields.setUint32(task[name as keyof typeof addresses], address, true);
    for (const name of ["fixed", "perEntry"] as const)
      fields.setFloat64(task[name], plan.strength[name], true);
    for (const name of ["mean", "confidence"] as const)
      fields.setFloat64(task[name], plan[name], true);
  }
  const module = compiled({ n, biasAt: biases ? rank : undefined, implicit }, threads > 1);
  const functions = functionsOf(module, memory);
  const crewPlan = { module, memory, functions, names: rowTasks, scratch };
  const crew = threads > 1 ? here.start(crewPlan) : alone(crewPlan);
  const placed = { users, items };
  const sideOf = ({ at, count }: Placed): WorkSide => ({
    factors: view(at.factors, count * n),
    biases: view(at.biases, count),
    gram: view(at.gram, n * n),
  });
  const room = scratchOf(n);
  return {
    ...{ n, users: sideOf(users), items: sideOf(items) },
    normal: {
      matrix: view(scratch[0]! + room.matrix, n * n),
      vector: view(scratch[0]! + room.vector, n),
    },
    run: (side, name) => {
      const { at, count, bounds } = placed[side];
      crew.run({ name, task: at.task, bounds: at.bounds, blocks: bounds.length - 1 });
      return view(at.out, count).reduce((sum, value) => sum + value, 0);
    },
    runRow: (side, name, row) => functions[name]!(placed[side].at.task, scratch[0]!, row, row + 1),
    updateGram: (side) => {
      const { at, count } = placed[side];
      functions["gram"]!(at.factors, count, at.gram);
    },
    [Symbol.dispose]: () => crew[Symbol.dispose](),
  };
}

/** As many threads as pay: one for a problem of less than some ten milliseconds an iteration, and in a browser. */
export const usefulThreads = ({ values }: Table, rank: number): number =>
  values.length * rank < 2e6 || !canShare ? 1 : here.available();

interface Placed {
  readonly rows: Rows;
  readonly count: number;
  readonly bounds: Int32Array;
  readonly at: Readonly<
    Record<
      "task" | "starts" | "columns" | "values" | "factors" | "biases" | "out" | "gram" | "bounds",
      number
    >
  >;
}

/** Addresses one after the other, each at a line of the cache. */
class Layout {
  end = 64;
  take(bytes: number): number {
    const at = this.end;
    this.end += 64 * Math.ceil(bytes / 64);
    return at;
  }
}

/** Boundaries of blocks of rows with about as many entries. */
function blocksOf({ starts }: Rows): Int32Array {
  const bounds = [0];
  let from = 0;
  for (let row = 1; row < starts.length; row++) {
    if (starts[row]! - from < entriesOfBlock && row + 1 < starts.length) continue;
    bounds.push(row);
    from = starts[row]!;
  }
  return Int32Array.from(bounds);
}

function memoryOf(bytes: number, shared: boolean) {
  const pages = Math.ceil(bytes / 65536);
  try {
    if (pages > mostPages) throw new RangeError(`${pages} pages`);
    return new webAssembly.Memory(
      shared ? { initial: pages, maximum: pages, shared } : { initial: pages },
    );
  } catch (cause) {
    throw new NadirError(
      "factorization/memory",
      `factorization: ratings and factors take ${(bytes / 2 ** 30).toFixed(2)} GiB`,
      {
        expected: "at most 4 GiB, and as much free memory",
        hint: "a lower rank, or a sample of the ratings",
        cause,
      },
    );
  }
}

const modules = new Map<string, WasmModule>();

/** The kernel of a shape: written once, and kept, with what the engine has optimized in it. */
function compiled(shape: KernelShape, shared: boolean): WasmModule {
  const key = JSON.stringify([shape, shared]);
  const known = modules.get(key);
  if (known !== undefined) return known;
  const module = new webAssembly.Module(rowKernel(shape, { shared }));
  modules.set(key, module);
  return module;
}
