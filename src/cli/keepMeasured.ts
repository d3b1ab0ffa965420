import { openStore } from "../runs/store.ts";
import type { JsonResult, Output } from "./output.ts";
import { plain } from "./output.ts";

/**
 * Keeps what was measured of a run beside it, as the command's own JSON: the studio and `nadir plot` draw it from there.
 * A store that cannot be written takes nothing away from the answer: the user is told.
 */
export async function keepMeasured(
  store: string,
  run: string,
  kind: "spectrum" | "landscape" | "landscape-place" | "path",
  flags: Readonly<Record<string, string | boolean | undefined>>,
  result: JsonResult,
  output: Output,
): Promise<void> {
  const words = Object.entries(flags)
    .filter(([name, value]) => value !== undefined && measured.has(name))
    .map(([name, value]) => (value === true ? name : `${name}=${value}`));
  try {
    await using opened = await openStore(store);
    // The same bytes as on stdout with --json: what a job of the studio keeps is then one artefact with this.
    const bytes = new TextEncoder().encode(`${JSON.stringify(result, plain)}\n`);
    const name = [kind, ...words].join(" ");
    const step = typeof result["step"] === "number" ? { step: result["step"] } : {};
    opened.artefacts.put(run, { kind, name, ...step, mediaType: "application/json", bytes });
  } catch (error) {
    output.note(`not kept beside run ${run}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Flags that change what is measured. */
const measured: ReadonlySet<string> = new Set([
  ...[
    "rows",
    "largest",
    "layer",
    "matrix",
    "seed",
    "density",
    "plane",
    "line",
    "grid",
    "span",
    "from",
    "to",
    "through",
    "place",
    "products",
    "tol",
    "dtype",
  ],
]);
