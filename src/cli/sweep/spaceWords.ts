import { NadirError } from "../../base/errors.ts";
import type { Dimension, Space } from "../../search/sweep/space.ts";
import { parseSettings } from "../keyValues.ts";

/** The words of `nadir sweep` after the file: what is searched, and what is set once for all. */
export interface SpaceWords {
  readonly space: Space;
  /** `key=value` words that every trial is given. */
  readonly fixed: readonly string[];
}

const number = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
const range = new RegExp(String.raw`^(log|int|logint)?:?(${number})\.\.(${number})$`, "i");

/**
 * Reads `key=a,b,c` (a choice), `key=0.1..0.9` (a range), `key=log:1e-4..1e-1`, `key=int:1..8`,
 * `key=logint:16..512`, and `key=value`, which is no choice.
 *
 * @throws NadirError `settings/syntax`, `settings/repeated`, `sweep/space`
 */
export function readSpace(words: readonly string[]): SpaceWords {
  // All keys at once: one given twice is refused.
  parseSettings(words.map((word) => word.replace(/=.*$/s, "=0")));
  const space: Dimension[] = [];
  const fixed: string[] = [];
  for (const word of words) {
    const at = word.indexOf("=");
    const [name, text] = [word.slice(0, at), word.slice(at + 1)];
    const found = range.exec(text);
    if (found !== null) {
      const [, kind = "", low, high] = found;
      space.push({
        ...{ name, kind: "range", low: Number(low), high: Number(high) },
        scale: kind.startsWith("log") ? "log" : "linear",
        whole: kind.endsWith("int"),
      });
      continue;
    }
    if (/^(log|int|logint):/.test(text)) {
      throw new NadirError("sweep/space", `cannot read the range "${text}" of "${name}"`, {
        expected: "log:1e-4..1e-1, int:1..8, logint:16..512 or 0.1..0.9",
      });
    }
    const values = splitList(text).map(
      (part) => parseSettings([`${name}=${part}`]).get(name) ?? null,
    );
    if (values.length === 1) fixed.push(word);
    else space.push({ name, kind: "choice", values });
  }
  return { space, fixed };
}

/** A list's entries: commas inside brackets, braces and quotes belong to an entry. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let [depth, quoted, from] = [0, false, 0];
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"' && text[i - 1] !== "\\") quoted = !quoted;
    else if (quoted) continue;
    else if (letter === "[" || letter === "{") depth++;
    else if (letter === "]" || letter === "}") depth--;
    else if (letter === "," && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}
