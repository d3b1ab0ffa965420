import type { Pdf } from "../../../src/drawing/pdf.ts";
import type { Scene } from "../../../src/drawing/scene.ts";
import { svgOf } from "../../../src/drawing/svg.ts";
import { paintOn } from "./paint.ts";

/** Hands a file to the browser, to be saved. */
export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken the content by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href));
}

export const saveBytes = (name: string, type: string, bytes: ArrayBuffer): void =>
  save(name, new Blob([bytes], { type }));

export const saveText = (name: string, type: string, text: string): void =>
  save(name, new Blob([text], { type }));

export const saveSvg = (name: string, scene: Scene): void =>
  saveText(`${name}.svg`, "image/svg+xml", svgOf(scene));

/** A PDF, by code that comes when the first is asked for. */
export async function savePdf(name: string, scene: Scene): Promise<Pdf["missing"]> {
  const { pdfOf } = await import("../../../src/drawing/pdf.ts");
  const { bytes, missing } = await pdfOf(scene);
  saveBytes(`${name}.pdf`, "application/pdf", bytes.buffer);
  return missing;
}

/** A picture of two dots to a pixel. */
export function savePng(name: string, scene: Scene): void {
  const canvas = document.createElement("canvas");
  paintOn(canvas, scene, 2);
  canvas.toBlob((content) => {
    if (content !== null) save(`${name}.png`, content);
  }, "image/png");
}
