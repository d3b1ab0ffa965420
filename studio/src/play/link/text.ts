/** Characters of a function that a link may bring. */
const longest = 20_000;

/**
 * A text for a link: `.` and base64url of its UTF-8, or `~` and that of it deflated, whichever is shorter.
 */
export async function pack(text: string): Promise<string> {
  const plain = new TextEncoder().encode(text);
  const deflated = await through(plain, new CompressionStream("deflate-raw"));
  return deflated.length < plain.length ? `~${base64url(deflated)}` : `.${base64url(plain)}`;
}

/** The text again; undefined if it is damaged or longer than any function. */
export async function unpack(packed: string): Promise<string | undefined> {
  try {
    const bytes = fromBase64url(packed.slice(1));
    const plain =
      packed[0] === "~"
        ? await through(bytes, new DecompressionStream("deflate-raw"))
        : packed[0] === "."
          ? bytes
          : undefined;
    return plain && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
  } catch {
    return undefined;
  }
}

/** @throws RangeError beyond `longest`, TypeError for damaged bytes */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > 4 * longest) {
      await reader.cancel();
      throw new RangeError("longer than any function");
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const base64url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const fromBase64url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
