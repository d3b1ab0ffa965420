import { helvetica, helveticaBold, latin, symbols } from "./pdfFonts.ts";

/** Letters in a row that one font has, at one size and height. */
export interface TextPiece {
  /** Helvetica, its bold, or Symbol. */
  readonly font: "F1" | "F2" | "F3";
  readonly codes: readonly number[];
  /** Size and height above the line, in parts of the text's size. */
  readonly scale: number;
  readonly rise: number;
}

/** A text as the fonts that every PDF reader has can show it. */
export interface PdfText {
  readonly pieces: readonly TextPiece[];
  /** In parts of its size. */
  readonly width: number;
  /** Letters that none of them has; a question mark stands for each. */
  readonly missing: readonly string[];
}

const raised = new Map([..."⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"].map((letter, i) => [letter, "0123456789−+"[i]!]));
const lowered = new Map([..."₀₁₂₃₄₅₆₇₈₉₋₊"].map((letter, i) => [letter, "0123456789−+"[i]!]));
/** What stands for a letter: spaces of all widths, and what is two of another. */
const instead = new Map([
  ...[..."\u00a0\u2002\u2003\u2007\u2009\u200a\u202f"].map((space) => [space, " "] as const),
  ...([
    ["‖", "||"],
    ["‐", "-"],
    ["‑", "-"],
    ["‒", "–"],
  ] as const),
]);

/** Lays a text out. */
export function pdfText(text: string, bold: boolean): PdfText {
  const [font, widths] = bold ? (["F2", helveticaBold] as const) : (["F1", helvetica] as const);
  const pieces: { font: TextPiece["font"]; codes: number[]; scale: number; rise: number }[] = [];
  const missing: string[] = [];
  let width = 0;
  const put = (of: TextPiece["font"], code: number, wide: number, small: number): void => {
    const [scale, rise] = small === 0 ? [1, 0] : [0.68, small > 0 ? 0.34 : -0.14];
    const last = pieces.at(-1);
    if (last?.font === of && last.rise === rise) last.codes.push(code);
    else pieces.push({ font: of, codes: [code], scale, rise });
    width += (wide * scale) / 1000;
  };
  for (const given of text) {
    const small = raised.has(given) ? 1 : lowered.has(given) ? -1 : 0;
    const plain = raised.get(given) ?? lowered.get(given) ?? given;
    for (const letter of instead.get(plain) ?? plain) {
      const code = latin.get(letter) ?? letter.codePointAt(0) ?? 0;
      const own = code < 256 ? widths.get(code) : undefined;
      const symbol = symbols.get(letter);
      if (own !== undefined) put(font, code, own, small);
      else if (symbol !== undefined) put("F3", ...symbol, small);
      else {
        missing.push(letter);
        put(font, 63, widths.get(63) ?? 556, small);
      }
    }
  }
  return { pieces, width, missing };
}
