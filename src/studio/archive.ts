import { decodeJson, encodeJson } from "./wire.ts";

// Answers of the server, kept in a page that has none. Written by the command, read in the page.

/** The studio's answers by what was asked: `runs/k3f9`, without `/api/`. */
export type Answers = ReadonlyMap<string, Uint8Array>;

/** Answers as bytes: the length of a text (uint32, little-endian), the text (JSON: each name with its length), and all of them in turn. */
export function packAnswers(answers: Answers): Uint8Array[] {
  const names = [...answers].map(([name, { length }]) => [name, length]);
  const text = new TextEncoder().encode(encodeJson(names));
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, text.length, true);
  return [head, text, ...answers.values()];
}

/** What {@link packAnswers} packed; views of the bytes. */
export function unpackAnswers(bytes: Uint8Array): Answers {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let at = 4 + length;
  const names = decodeJson<[string, number][]>(new TextDecoder().decode(bytes.subarray(4, at)));
  return new Map(
    names.map(([name, size]) => {
      const answer = bytes.subarray(at, at + size);
      at += size;
      return [name, answer];
    }),
  );
}
