import { type Code, i32, leb } from "./instructions.ts";

const types = { i32: 0x7f, f64: 0x7c, f64x2: 0x7b } as const;
type ValueType = keyof typeof types;

/** A variable of a function. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** Gives a function its variables, which start as 0. */
export type Declare = (type: ValueType) => Local;

/** Writes a call, with an argument for each parameter. */
export type Call = (...args: readonly Code[]) => Code;

/** A module while it is written: functions over one memory, which it imports. */
export interface ModuleWriter {
  /**
   * Adds a function of addresses and counts, visible to JavaScript by its name. What it computes it leaves in memory.
   *
   * @returns how those after it call it
   */
  define(
    name: string,
    parameters: number,
    body: (declare: Declare, ...parameters: readonly Local[]) => Code,
  ): Call;
  /** The module's bytes. It imports its memory as `host.memory`. */
  bytes(memory: { readonly shared: boolean }): Uint8Array<ArrayBuffer>;
}

/** The most that 32 bits address, in pages of 64 KiB. */
export const mostPages = 65536;

/**
 * Writes a WebAssembly module of a few functions: enough of the format for inner loops over doubles that a JavaScript engine does
 * not turn into vector instructions by itself.
 *
 * @see Rossberg (ed.), WebAssembly Core Specification 2.0, chapter 5
 */
export function moduleWriter(): ModuleWriter {
  const functions: { name: string; parameters: number; locals: ValueType[]; body: Code }[] = [];
  return {
    define: (name, parameters, body) => {
      const locals: ValueType[] = [];
      const local = (index: number): Local => ({
        get: [0x20, ...leb(index)],
        set: (value) => [...value, 0x21, ...leb(index)],
      });
      const declare: Declare = (type) => local(parameters + locals.push(type) - 1);
      const given = Array.from({ length: parameters }, (_, i) => local(i));
      const code = body(declare, ...given);
      const index = functions.push({ name, parameters, locals, body: code }) - 1;
      return (...args) => [...args.flat(), 0x10, ...leb(index)];
    },
    bytes: ({ shared }) => {
      const named = (word: string): Code => sized([...new TextEncoder().encode(word)]);
      const limits = shared ? [3, ...leb(1), ...leb(mostPages)] : [0, ...leb(1)];
      const sections: [number, Code[]][] = [
        [
          1,
          functions.map(({ parameters }) => [
            ...[0x60, ...leb(parameters)],
            ...Array<number>(parameters).fill(types.i32),
            0,
          ]),
        ],
        [2, [[...named("host"), ...named("memory"), 2, ...limits]]],
        [3, functions.map((_, index) => leb(index))],
        [7, functions.map(({ name }, index) => [...named(name), 0, ...leb(index)])],
        [
          10,
          functions.map(({ locals, body }) =>
            sized([...list(locals.map((type) => [1, types[type]])), ...body, 0x0b]),
          ),
        ],
      ];
      return Uint8Array.from([
        ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...sections.flatMap(([id, entries]) => [id, ...sized(list(entries))]),
      ]);
    },
  };
}

const list = (entries: readonly Code[]): Code => [...leb(entries.length), ...entries.flat()];
const sized = (content: Code): Code => [...leb(content.length), ...content];

/** variable ← variable + bytes. */
export const advance = (variable: Local, by: number): Code =>
  variable.set(i32.add(variable.get, i32.const(by)));
