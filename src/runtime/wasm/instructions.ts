/** Instructions of WebAssembly, encoded: what they take stands before them, so that expressions nest as in a formula. */
export type Code = readonly number[];

/** A whole number without sign, seven bits a byte, the low ones first. */
export function leb(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

/** The same with a sign. */
function signedLeb(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

type Binary = (a: Code, b: Code) => Code;
type Unary = (a: Code) => Code;
const binary =
  (...opcode: number[]): Binary =>
  (a, b) => [...a, ...b, ...opcode];
const unary =
  (...opcode: number[]): Unary =>
  (a) => [...a, ...opcode];

/** Reads at an address, unsigned, plus a constant number of bytes. */
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;
const load =
  (align: number, ...opcode: number[]): Load =>
  (address, offset = 0) => [...address, ...opcode, align, ...leb(offset)];
const store =
  (align: number, ...opcode: number[]): Store =>
  (address, value, offset = 0) => [...address, ...value, ...opcode, align, ...leb(offset)];

const vector = (opcode: number): readonly number[] => [0xfd, ...leb(opcode)];

/** Whole numbers and addresses. */
export const i32: {
  readonly const: (value: number) => Code;
  readonly load: Load;
  readonly store: Store;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly and: Binary;
  /** Without sign, as addresses are. */
  readonly less: Binary;
} = {
  const: (value) => [0x41, ...signedLeb(value)],
  load: load(2, 0x28),
  store: store(2, 0x36),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  less: binary(0x49),
};

export const f64: {
  readonly const: (value: number) => Code;
  readonly load: Load;
  readonly store: Store;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly max: Binary;
  readonly greater: Binary;
  readonly sqrt: Unary;
  readonly fromI32: Unary;
} = {
  const: (value) => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
  load: load(3, 0x2b),
  store: store(3, 0x39),
  add: binary(0xa0),
  sub: binary(0xa1),
  mul: binary(0xa2),
  div: binary(0xa3),
  max: binary(0xa5),
  greater: binary(0x64),
  sqrt: unary(0x9f),
  fromI32: unary(0xb8),
};

/** Two doubles side by side. */
export const f64x2: {
  readonly load: Load;
  /** One double from memory, twice. */
  readonly loadSplat: Load;
  readonly store: Store;
  readonly splat: Unary;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  /** The double at the left (0) or the right (1). */
  readonly lane: (a: Code, which: 0 | 1) => Code;
} = {
  load: load(3, ...vector(0)),
  loadSplat: load(3, ...vector(10)),
  store: store(3, ...vector(11)),
  splat: unary(...vector(20)),
  add: binary(...vector(240)),
  sub: binary(...vector(241)),
  mul: binary(...vector(242)),
  lane: (a, which) => [...a, ...vector(33), which],
};

/** Does the body if the condition is not 0. */
export const when = (condition: Code, body: Code, otherwise?: Code): Code => [
  ...condition,
  ...[0x04, 0x40, ...body],
  ...(otherwise === undefined ? [] : [0x05, ...otherwise]),
  0x0b,
];

/** Does the body as long as the condition, looked at before each time, is not 0. */
export const whilst = (condition: Code, body: Code): Code =>
  when(condition, [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b]);
