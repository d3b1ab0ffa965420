import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { ResultLines } from "./resultLines.ts";

test.prop([
  fc.array(
    fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", " ")),
    { minLength: 1 },
  ),
  fc.array(fc.nat({ max: 20 })),
  fc.boolean(),
])("the last line is the result, however its bytes come in pieces", (texts, cuts, isEnded) => {
  const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
  const whole = isEnded ? bytes : bytes.subarray(0, -1);
  const lines = new ResultLines();
  const heard: string[] = [];
  let from = 0;
  for (const length of [...cuts, whole.length]) {
    const line = lines.add(whole.subarray(from, from + length));
    if (line !== undefined) heard.push(line);
    from += length;
  }
  // Lone surrogates are no text that UTF-8 can hold: they come back as its sign for that.
  const last = Buffer.from(texts.at(-1)!).toString("utf8");
  const before = texts.length > 1 ? `${Buffer.from(texts.at(-2)!).toString("utf8")}\n` : "";
  if (isEnded) expect(lines.result).toBe(`${last}\n`);
  else expect(lines.result).toBe(last === "" ? before : last);
  for (const line of heard)
    expect(line.endsWith("\n") && line.indexOf("\n") === line.length - 1).toBe(true);
});
