import { useSignal } from "@preact/signals";
import type { Scene } from "../../../src/drawing/scene.ts";
import { problemOf } from "../parts/problemBox.tsx";
import { CopyLine } from "./copyButton.tsx";
import { savePdf, savePng, saveSvg, saveText } from "./save.ts";

export interface ExportMenuProps {
  readonly name: string;
  readonly csv: () => string;
  readonly command?: string | undefined;
  readonly source?: string | undefined;
  /** On white: as wide as a page, and as a column of a paper. */
  readonly scenes: { readonly wide: () => Scene; readonly paper: () => Scene };
}

/** The files that a picture can be saved as, and the command that makes it, or what it is drawn from, again. */
export function ExportMenu({ name, csv, command, source, scenes }: ExportMenuProps) {
  const told = useSignal("");
  const pdf = async (file: string, scene: Scene): Promise<void> => {
    try {
      const missing = await savePdf(file, scene);
      told.value =
        missing.length === 0
          ? ""
          : `${missing.join(" ")}: not in the fonts of a PDF, and a ? there; the SVG has every letter`;
    } catch (error) {
      told.value = problemOf(error).message;
    }
  };
  return (
    <fieldset class="export-menu" aria-label="Export">
      <button type="button" onClick={() => saveSvg(name, scenes.wide())}>
        SVG
      </button>
      <button type="button" onClick={() => saveSvg(`${name}-paper`, scenes.paper())}>
        SVG for a paper, 3.3 in
      </button>
      <button type="button" onClick={() => void pdf(name, scenes.wide())}>
        PDF
      </button>
      <button type="button" onClick={() => void pdf(`${name}-paper`, scenes.paper())}>
        PDF for a paper
      </button>
      <button type="button" onClick={() => savePng(name, scenes.wide())}>
        PNG 2×
      </button>
      <button type="button" onClick={() => saveText(`${name}.csv`, "text/csv", csv())}>
        CSV
      </button>
      {command !== undefined && <CopyLine text={command} label="the same, from a terminal:" />}
      {source !== undefined && (
        <CopyLine text={source} label="what it is drawn from, by a terminal:" />
      )}
      <p role="status">{told.value}</p>
    </fieldset>
  );
}
