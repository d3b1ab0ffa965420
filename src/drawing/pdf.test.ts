import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pdfOf } from "./pdf.ts";
import { pdfText } from "./pdfText.ts";
import type { Mark, Scene } from "./scene.ts";

const scene = (...marks: readonly Mark[]): Scene => ({
  ...{ width: 96, height: 48, paper: "#ffffff", fontSize: 10, marks },
});

/** The objects of a file, found where its table says that they are; and the drawing instructions. */
async function read(picture: Scene) {
  const { bytes, missing } = await pdfOf(picture);
  const text = Buffer.from(bytes).toString("latin1");
  const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  expect(text.slice(table, table + 5)).toBe("xref\n");
  const places = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, at]) =>
    Number(at),
  );
  places.forEach((at, i) => {
    expect(text.slice(at).startsWith(`${i + 1} 0 obj\n`)).toBe(true);
  });
  const from = text.indexOf("stream\n") + 7;
  const length = Number(/\/Length (\d+)/.exec(text)?.[1]);
  expect(text.slice(from + length, from + length + 11)).toBe("\nendstream\n".slice(0, 11));
  const content = inflateSync(bytes.subarray(from, from + length)).toString("latin1");
  return { text, content, missing, lines: content.split("\n") };
}

describe("a picture as PDF", () => {
  test("is a page of its size in points, with y downwards and paper below", async () => {
    const { text, lines } = await read(scene());
    expect(text).toContain("/MediaBox [0 0 72 36]");
    expect(lines).toEqual(["0.75 0 0 -0.75 0 36 cm", "/G1000 gs 1 1 1 rg", "0 0 96 48 re f"]);
  });

  test("draws paths in any of the letters of straight lines", async () => {
    const d = "M1 2L3 4 5 6H7V-.5h2v1l1 1Zm1 1l2-3";
    const { content } = await read(
      scene({
        shape: "path",
        d,
        stroke: "#ff000080",
        width: 2,
        dash: [4, 1],
        fill: "#00ff00",
        opacity: 0.5,
      }),
    );
    const path = "1 2 m 3 4 l 5 6 l 7 6 l 7 -0.5 l 9 -0.5 l 9 0.5 l 10 1.5 l h 2 3 m 4 0 l";
    expect(content).toContain(`/G500 gs 0 1 0 rg\n${path} f`);
    expect(content).toContain(`/G502 gs 1 0 0 RG\n2 w 1 j [4 1] 0 d ${path} S`);
    await expect(pdfOf(scene({ shape: "path", d: "M0 0C1 1 2 2 3 3" }))).rejects.toThrow(
      /letter C/,
    );
  });

  test("places texts by their widths, upright or turned, and moves and cuts groups", async () => {
    // Adobe's metrics: H 722, i 222 thousandths.
    const word = { shape: "text", x: 50, y: 20, text: "Hi", fill: "#000000" } as const;
    const { content } = await read(
      scene(
        word,
        { ...word, anchor: "end" },
        { ...word, anchor: "middle", upwards: true, size: 20 },
        {
          shape: "group",
          at: [3, 4],
          clip: { left: 0, top: 1, right: 5, bottom: 9 },
          marks: [word],
        },
      ),
    );
    expect(content).toContain("BT 1 0 0 -1 50 20 Tm /F1 10 Tf 0 Ts <4869> Tj ET");
    expect(content).toContain("BT 1 0 0 -1 40.56 20 Tm");
    expect(content).toContain("BT 0 -1 -1 0 50 29.44 Tm /F1 20 Tf");
    expect(content).toMatch(/\nq\n1 0 0 1 3 4 cm\n0 1 5 8 re W n\n[\s\S]*\nQ$/);
  });

  test("is the same file for the same picture", async () => {
    const picture = scene({
      shape: "circle",
      x: 5,
      y: 5,
      radius: 2,
      fill: "#123456",
      stroke: "#000000",
    });
    const [one, other] = await Promise.all([pdfOf(picture), pdfOf(picture)]);
    expect(Buffer.from(one.bytes).equals(other.bytes)).toBe(true);
  });
});

test.for([
  ["loss", ["F1"], [[108, 111, 115, 115]], []],
  ["10⁻³", ["F1", "F3", "F1"], [[49, 48], [45], [51]], []],
  ["‖∇f‖ → λ₁", ["F1", "F3", "F1", "F3", "F1", "F3", "F1"], undefined, []],
  ["20 000…é", ["F1"], [[50, 48, 32, 48, 48, 48, 133, 233]], []],
  ["中a", ["F1"], [[63, 97]], ["中"]],
] as const)("%s is set in the fonts that every reader has", ([text, fonts, codes, missing]) => {
  const set = pdfText(text, false);
  expect(set.pieces.map(({ font }) => font)).toEqual(fonts);
  if (codes !== undefined) expect(set.pieces.map((piece) => piece.codes)).toEqual(codes);
  expect(set.missing).toEqual(missing);
});
