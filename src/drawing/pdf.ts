import { internal } from "../base/errors.ts";
import { pdfText } from "./pdfText.ts";
import { type Box, type Mark, type Scene, short } from "./scene.ts";

/** A picture as a PDF file, and the letters that its fonts do not have. */
export interface Pdf {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly missing: readonly string[];
}

/** Points (1/72 inch) to a pixel (1/96 inch). */
const POINTS = 0.75;
/** How far the handles of a curve that is a quarter of a circle lie from its ends, in radii: 4/3 (√2 − 1). */
const QUARTER = 0.5523;

/**
 * A scene as a PDF of one page, as large as the picture: lines, areas and letters, which stay sharp at any size and can be
 * searched. Its fonts are those that every reader has, so none is in the file.
 *
 * @see ISO 32000-1 §8 (graphics), §9 (text), annex D (the Latin alphabet and Symbol)
 */
export async function pdfOf(scene: Scene): Promise<Pdf> {
  const page = new Page();
  const { width, height, paper, fontSize } = scene;
  // Pixels, y downwards, from here on.
  page.put(`${POINTS} 0 0 ${-POINTS} 0 ${short(POINTS * height)} cm`);
  if (paper !== "transparent") {
    page.mark({ shape: "rect", x: 0, y: 0, width, height, fill: paper }, fontSize);
  }
  for (const mark of scene.marks) page.mark(mark, fontSize);
  const content = await deflated(page.text);
  const alphas = [...page.alphas].map(
    (alpha) => `/G${alpha} << /ca ${alpha / 1000} /CA ${alpha / 1000} >>`,
  );
  const font = (name: string, encoding: string): string =>
    `<< /Type /Font /Subtype /Type1 /BaseFont /${name}${encoding} >>`;
  const box = `[0 0 ${short(POINTS * width)} ${short(POINTS * height)}]`;
  const objects: (string | Uint8Array)[] = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox ${box} /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R /F3 7 0 R >> /ExtGState << ${alphas.join(" ")} >> >> >>`,
    content,
    font("Helvetica", " /Encoding /WinAnsiEncoding"),
    font("Helvetica-Bold", " /Encoding /WinAnsiEncoding"),
    font("Symbol", ""),
    "<< /Producer (nadir) >>",
  ];
  return { bytes: fileOf(objects), missing: [...page.missing] };
}

/** The drawing instructions of a page. */
class Page {
  readonly #lines: string[] = [];
  /** Of fillings and lines, in thousandths: each is a state by name. */
  readonly alphas = new Set<number>([1000]);
  readonly missing = new Set<string>();

  get text(): string {
    return this.#lines.join("\n");
  }

  put(line: string): void {
    this.#lines.push(line);
  }

  mark(mark: Mark, fontSize: number): void {
    switch (mark.shape) {
      case "path": {
        const { fill, stroke, opacity = 1, width = 1, dash = [] } = mark;
        const path = pathOf(mark.d);
        if (path === "") return;
        if (fill !== undefined && fill !== "none") {
          this.#ink(fill, "rg", opacity);
          this.put(`${path} f`);
        }
        if (stroke === undefined) return;
        this.#ink(stroke, "RG", 1);
        this.put(`${short(width)} w 1 j [${dash.map(short).join(" ")}] 0 d ${path} S`);
        return;
      }
      case "circle": {
        const path = circle(mark.x, mark.y, mark.radius);
        if (mark.fill !== undefined) {
          this.#ink(mark.fill, "rg", 1);
          this.put(`${path} f`);
        }
        if (mark.stroke === undefined) return;
        this.#ink(mark.stroke, "RG", 1);
        this.put(`1 w [] 0 d ${path} S`);
        return;
      }
      case "rect": {
        this.#ink(mark.fill, "rg", mark.opacity ?? 1);
        const { x, y, width, height } = mark;
        this.put(`${[x, y, width, height].map(short).join(" ")} re f`);
        return;
      }
      case "text":
        this.#write(mark, mark.size ?? fontSize);
        return;
      case "group": {
        this.put("q");
        if (mark.at !== undefined) this.put(`1 0 0 1 ${mark.at.map(short).join(" ")} cm`);
        if (mark.clip !== undefined) this.put(`${rectOf(mark.clip)} re W n`);
        for (const one of mark.marks) this.mark(one, fontSize);
        this.put("Q");
      }
    }
  }

  #write(mark: Extract<Mark, { shape: "text" }>, size: number): void {
    const { pieces, width, missing } = pdfText(mark.text, mark.bold === true);
    for (const letter of missing) this.missing.add(letter);
    const before = { start: 0, middle: 0.5, end: 1 }[mark.anchor ?? "start"] * width * size;
    // Letters stand upright although y points downwards; or turned to the left.
    const [place, turn] = mark.upwards
      ? [[mark.x, mark.y + before], "0 -1 -1 0"]
      : [[mark.x - before, mark.y], "1 0 0 -1"];
    this.#ink(mark.fill, "rg", 1);
    const shown = pieces.map(({ font, codes, scale, rise }) => {
      const hex = codes.map((code) => code.toString(16).padStart(2, "0")).join("");
      return `/${font} ${short(size * scale)} Tf ${short(size * rise)} Ts <${hex}> Tj`;
    });
    this.put(`BT ${turn} ${place.map(short).join(" ")} Tm ${shown.join(" ")} ET`);
  }

  /** Sets the colour of fillings (`rg`) or of lines (`RG`), `#rrggbb` or `#rrggbbaa`. */
  #ink(colour: string, operator: "rg" | "RG", opacity: number): void {
    const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})?$/i.exec(colour);
    if (parts === null) throw internal(`a picture's colour is ${colour}`);
    const [red = 0, green = 0, blue = 0, own = 1] = parts
      .slice(1)
      .map((part) => (part === undefined ? 1 : Number.parseInt(part, 16) / 255));
    const alpha = Math.round(1000 * own * opacity);
    this.alphas.add(alpha);
    this.put(
      `/G${alpha} gs ${[red, green, blue].map((part) => Math.round(part * 1000) / 1000).join(" ")} ${operator}`,
    );
  }
}

/**
 * A path of a scene: straight lines, which are all that pictures are drawn with, in SVG's letters. Small letters count from where the
 * pen is.
 */
function pathOf(d: string): string {
  const found: string[] = [];
  let [x, y, startX, startY] = [0, 0, 0, 0];
  for (const [, letter = "", rest = ""] of d.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const numbers = (rest.match(/-?(?:\d+\.?\d*|\.\d+)/g) ?? []).map(Number);
    const word = letter.toUpperCase();
    const near = letter !== word;
    if (word === "Z") {
      [x, y] = [startX, startY];
      found.push("h");
    } else if (word === "H" || word === "V") {
      for (const number of numbers) {
        if (word === "H") x = number + (near ? x : 0);
        else y = number + (near ? y : 0);
        found.push(`${short(x)} ${short(y)} l`);
      }
    } else if (word === "M" || word === "L") {
      for (let i = 0; i + 1 < numbers.length; i += 2) {
        x = (numbers[i] ?? 0) + (near ? x : 0);
        y = (numbers[i + 1] ?? 0) + (near ? y : 0);
        const moves = word === "M" && i === 0;
        if (moves) [startX, startY] = [x, y];
        found.push(`${short(x)} ${short(y)} ${moves ? "m" : "l"}`);
      }
    } else throw internal(`a picture's path has the letter ${letter}`);
  }
  return found.join(" ");
}

function circle(x: number, y: number, radius: number): string {
  const k = QUARTER * radius;
  const [left, right, top, bottom] = [x - radius, x + radius, y - radius, y + radius];
  const curve = (...points: readonly number[]): string => `${points.map(short).join(" ")} c`;
  return [
    `${short(right)} ${short(y)} m`,
    curve(right, y + k, x + k, bottom, x, bottom),
    curve(x - k, bottom, left, y + k, left, y),
    curve(left, y - k, x - k, top, x, top),
    curve(x + k, top, right, y - k, right, y),
    "h",
  ].join(" ");
}

const rectOf = ({ left, top, right, bottom }: Box): string =>
  [left, top, right - left, bottom - top].map(short).join(" ");

/** Instructions as a compressed stream. */
async function deflated(text: string): Promise<Uint8Array> {
  const source = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate"));
  const packed = new Uint8Array(await new Response(source).arrayBuffer());
  const head = bytesOf(`<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n`);
  return joined([head, packed, bytesOf("\nendstream")]);
}

/** Objects, numbered from 1, as a file: the first is the catalog, the last says who wrote it. */
function fileOf(objects: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  // Bytes above 127 in the second line say that this is no text.
  const parts: Uint8Array[] = [
    Uint8Array.from([...bytesOf("%PDF-1.4\n%"), 226, 227, 207, 211, 10]),
  ];
  const places: number[] = [];
  let at = parts[0]?.length ?? 0;
  objects.forEach((object, i) => {
    const content = typeof object === "string" ? bytesOf(object) : object;
    const whole = joined([bytesOf(`${i + 1} 0 obj\n`), content, bytesOf("\nendobj\n")]);
    places.push(at);
    at += whole.length;
    parts.push(whole);
  });
  const rows = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  parts.push(
    bytesOf(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} /Root 1 0 R /Info ${objects.length} 0 R >>\nstartxref\n${at}\n%%EOF\n`,
    ),
  );
  return joined(parts);
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
