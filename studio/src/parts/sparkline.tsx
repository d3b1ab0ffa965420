import type { JSX } from "preact";
import { sparkHeights } from "../../../src/studio/spark.ts";
import "./sparkline.css";

const [WIDTH, HEIGHT] = [64, 18];

/** How high letters stand, as a path writes it; a list draws some forty lines of 32 of them at each frame. */
const tops = new Map<string, string>();

function topOf(letter: string): string {
  let top = tops.get(letter);
  if (top === undefined) {
    const [height = Number.NaN] = sparkHeights(letter);
    top = Number.isNaN(height) ? "" : (1.5 + (1 - height) * (HEIGHT - 3)).toFixed(1);
    tops.set(letter, top);
  }
  return top;
}

/** The line of a loss at a glance, and the ticks of what is not finite, as paths. */
function pathsOf(spark: string): readonly [line: string, broken: string] {
  const step = WIDTH / Math.max(1, spark.length - 1);
  let [line, broken, drawing] = ["", "", false];
  for (let i = 0; i < spark.length; i++) {
    // Tenths of a pixel, without the work of writing decimals.
    const x = Math.round(10 * i * step) / 10;
    const top = topOf(spark[i] ?? " ");
    if (top !== "") line += `${drawing ? "L" : "M"}${x} ${top}`;
    else if (spark[i] === "!") broken += `M${x} 0v3`;
    drawing = top !== "";
  }
  return [line, broken];
}

/** A run's loss at a glance; a value that is not finite is a tick on the upper edge. */
export function Sparkline({ spark }: { spark: string }): JSX.Element {
  const [line, broken] = pathsOf(spark);
  return (
    <svg class="sparkline" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={line} />
      {broken === "" ? null : <path class="sparkline-broken" d={broken} />}
    </svg>
  );
}
