import { maskedCrc32c } from "./crc32c.ts";

/** Eight bytes of length, their checksum, and the checksum after the record. */
const AROUND = 16;

/** A record as TensorFlow's files keep it: length, checksum of the length, bytes, checksum of the bytes. */
export function tfRecord(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + AROUND);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}

/** What a file of records holds. */
export interface TfRecords {
  readonly records: readonly Uint8Array[];
  /** Why it was read no further; undefined if all of it was. A file that is being written ends inside a record. */
  readonly damage: string | undefined;
}

/** The records of a file, up to the first that is not as it was written. Takes no memory beside the file's. */
export function readTfRecords(file: Uint8Array): TfRecords {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  const stop = (why: string): TfRecords => ({
    records,
    damage: `record ${records.length + 1} ${why}`,
  });
  let at = 0;
  while (at < file.length) {
    if (file.length - at < AROUND) return stop("is cut off");
    const length = view.getBigUint64(at, true);
    if (view.getUint32(at + 8, true) !== maskedCrc32c(file.subarray(at, at + 8)))
      return stop("has a length that is not as it was written");
    if (length > BigInt(file.length - at - AROUND)) return stop("is cut off");
    const end = at + 12 + Number(length);
    const data = file.subarray(at + 12, end);
    if (view.getUint32(end, true) !== maskedCrc32c(data)) return stop("is not as it was written");
    records.push(data);
    at = end + 4;
  }
  return { records, damage: undefined };
}
