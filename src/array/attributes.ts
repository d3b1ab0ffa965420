import type { TypedArray } from "./dtype.ts";
import type { Attrs } from "./primitives/primitive.ts";

/** Typed arrays up to this many bytes are told apart by their elements, longer ones by identity. */
const shortBytes = 2048;

/** Is this array told apart by value? */
export const isShort = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && value.byteLength <= shortBytes && !(value instanceof DataView);

const bits = new Int32Array(2);
const float = new Float64Array(bits.buffer);

/** Mixes one more number into a hash. */
export function mix(hash: number, value: number): number {
  if ((value | 0) === value) return Math.imul(hash ^ value, 0x9e3779b1) ^ (hash >>> 15);
  float[0] = value;
  return Math.imul(hash ^ bits[0]! ^ bits[1]!, 0x85ebca6b) ^ (hash >>> 13);
}

function mixValue(hash: number, value: unknown): number {
  if (typeof value === "number") return mix(hash, value);
  if (typeof value === "boolean") return mix(hash, value ? 1 : 2);
  if (typeof value === "string") {
    let mixed = hash;
    for (let i = 0; i < value.length; i++) mixed = mix(mixed, value.charCodeAt(i));
    return mixed;
  }
  if (Array.isArray(value)) {
    let mixed = mix(hash, value.length);
    for (let i = 0; i < value.length; i++) mixed = mixValue(mixed, value[i]);
    return mixed;
  }
  if (isShort(value)) {
    let mixed = mix(hash, value.length);
    for (let i = 0; i < value.length; i++) mixed = mix(mixed, value[i]!);
    return mixed;
  }
  return hash;
}

/** Mixes attributes into a hash. Equal attributes have equal hashes. */
export function mixAttrs(hash: number, attrs: Attrs): number {
  let mixed = hash;
  for (const name in attrs) mixed = mixValue(mixed, attrs[name]);
  return mixed;
}

function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b);
  return isShort(a) && isShort(b) && a.constructor === b.constructor && sameItems(a, b);
}

function sameItems(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
  return true;
}

/** True if two nodes of one operation have equal attributes: by value, but long arrays and functions by identity. */
export function sameAttrs(a: Attrs, b: Attrs): boolean {
  if (a === b) return true;
  for (const name in a) if (!sameValue(a[name], b[name])) return false;
  for (const name in b) if (!(name in a)) return false;
  return true;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identityOf(value: object): number {
  let identity = identities.get(value);
  if (identity === undefined) {
    identity = ++lastIdentity;
    identities.set(value, identity);
  }
  return identity;
}

function valueText(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join()}]`;
  if (isShort(value)) return `${value.constructor.name}[${Array.from(value, valueText).join()}]`;
  if (typeof value === "object" && value !== null) return `#${identityOf(value)}`;
  return typeof value === "function" ? `#${identityOf(value)}` : String(value);
}

/** Attributes as text: equal just where `sameAttrs` holds. */
export function attrsText(attrs: Attrs): string {
  let text = "";
  for (const name in attrs) text += `${name}=${valueText(attrs[name])};`;
  return text;
}
