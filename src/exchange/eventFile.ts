import { NadirError } from "../base/errors.ts";
import {
  type WireField,
  wireBytes,
  wireFields,
  wireFloat,
  wireInt,
  wireString,
} from "../base/wireReader.ts";
import { WireWriter } from "../base/wireWriter.ts";
import { readTfRecords, tfRecord } from "./tfRecord.ts";

/** A number that was told at a step. */
export interface ScalarPoint {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
}

/** What a TensorBoard event file holds, as far as it could be read. */
export interface EventFile {
  readonly points: readonly ScalarPoint[];
  /** Values that are no single numbers, by what they are: histograms, images, texts … */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Why it was read no further; undefined if all of it was. */
  readonly damage: string | undefined;
}

/**
 * A TensorBoard event file with these points, in their order. Values are 32-bit floats there.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export function* writeEventFile(
  points: Iterable<ScalarPoint>,
  started: number,
): Generator<Uint8Array> {
  const event = new WireWriter();
  event.double(1, started);
  event.string(3, "brain.Event:2");
  yield tfRecord(event.finish());
  for (const { tag, step, value, wallTime } of points) {
    event.clear();
    event.double(1, wallTime);
    event.int(2, step);
    event.message(5, () =>
      event.message(1, () => {
        event.string(1, tag);
        event.float(2, value);
      }),
    );
    yield tfRecord(event.finish());
  }
}

/**
 * Reads a TensorBoard event file: numbers kept as `simple_value`, as PyTorch writes them, and those kept
 * as tensors of one element, as TensorFlow 2 does. What follows a damaged record is not read.
 *
 * @throws NadirError `import/no-event-file` if its first record is none, or not an event
 */
export function readEventFile(file: Uint8Array): EventFile {
  const { records, damage } = readTfRecords(file);
  if (records.length === 0) throw noEventFile(damage ?? "it is empty");
  const points: ScalarPoint[] = [];
  const leftOut: Record<string, number> = {};
  for (const [index, record] of records.entries()) {
    try {
      readEvent(record, points, leftOut);
    } catch (error) {
      if (!(error instanceof NadirError)) throw error;
      if (index === 0) throw noEventFile("its first record is no event");
      return { points, leftOut, damage: `record ${index + 1} is no event` };
    }
  }
  return { points, leftOut, damage };
}

function readEvent(
  record: Uint8Array,
  points: ScalarPoint[],
  leftOut: Record<string, number>,
): void {
  let [wallTime, step] = [0, 0];
  const values: Uint8Array[] = [];
  for (const field of wireFields(record)) {
    if (field.number === 1) wallTime = wireFloat(field);
    else if (field.number === 2) step = wireInt(field);
    else if (field.number === 5)
      for (const inner of wireFields(wireBytes(field)))
        if (inner.number === 1) values.push(wireBytes(inner));
  }
  for (const bytes of values) {
    const { tag, value, kind } = readValue(bytes);
    if (value !== undefined) points.push({ tag, step, value, wallTime });
    else leftOut[kind] = (leftOut[kind] ?? 0) + 1;
  }
}

interface SummaryValue {
  readonly tag: string;
  readonly value: number | undefined;
  readonly kind: string;
}

/** What else a `Summary.Value` may hold, by field. */
const kinds: Readonly<Record<number, string>> = { 4: "images", 5: "histograms", 6: "sounds" };

function readValue(bytes: Uint8Array): SummaryValue {
  let tag = "";
  let value: number | undefined;
  let kind = "other values";
  for (const field of wireFields(bytes)) {
    if (field.number === 1) tag = wireString(field);
    else if (field.number === 2) value = wireFloat(field);
    else if (field.number === 8) {
      value = scalarOf(wireBytes(field));
      if (value === undefined) kind = "tensors";
    } else if (field.number in kinds) kind = kinds[field.number] ?? kind;
  }
  return { tag, value, kind };
}

/** TensorFlow's numbers for the types of a tensor's elements. */
const FLOAT = 1;
const DOUBLE = 2;

/** The number that a `TensorProto` holds, if it is one floating-point number. */
function scalarOf(bytes: Uint8Array): number | undefined {
  let [type, elements] = [0, 1];
  let [content, listed]: [Uint8Array | undefined, number | undefined] = [undefined, undefined];
  for (const field of wireFields(bytes)) {
    if (field.number === 1) type = wireInt(field);
    else if (field.number === 2) elements = elementsOf(wireBytes(field));
    else if (field.number === 4) content = wireBytes(field);
    else if (field.number === 5 || field.number === 6)
      listed = firstOf(field, field.number === 5 ? 4 : 8);
  }
  const width = type === FLOAT ? 4 : type === DOUBLE ? 8 : undefined;
  if (width === undefined || elements !== 1) return undefined;
  return listed ?? (content?.length === width ? numberOf(content) : undefined);
}

/** The first of a repeated float or double, packed or not. */
function firstOf(field: WireField, width: 4 | 8): number | undefined {
  if (field.type !== 2) return wireFloat(field);
  const bytes = wireBytes(field);
  return bytes.length < width ? undefined : numberOf(bytes.subarray(0, width));
}

const numberOf = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
};

/** Elements of a `TensorShapeProto`: one without a dimension. */
function elementsOf(shape: Uint8Array): number {
  let elements = 1;
  for (const dim of wireFields(shape)) {
    if (dim.number !== 2) continue;
    let size = 0;
    for (const field of wireFields(wireBytes(dim))) if (field.number === 1) size = wireInt(field);
    elements *= size;
  }
  return elements;
}

const noEventFile = (why: string): NadirError =>
  new NadirError("import/no-event-file", `this is no TensorBoard event file: ${why}`, {
    expected: "a file as SummaryWriter writes it, named events.out.tfevents.…",
  });
