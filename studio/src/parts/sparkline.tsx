import type { JSX } from "preact";
import { sparkHeights } from "../../../src/studio/spark.ts";
import "./sparkline.css";

const [WIDTH, HEIGHT] = [64, 18];

/** A run's loss at a glance; a value that is not finite is a tick on the upper edge. */
export function Sparkline({ spark }: { spark: string }): JSX.Element {
  const heights = sparkHeights(spark);
  const step = WIDTH / Math.max(1, heights.length - 1);
  let line = "";
  let broken = "";
  let drawing = false;
  heights.forEach((height, i) => {
    const x = (i * step).toFixed(1);
    if (Number.isNaN(height)) {
      if (spark[i] === "!") broken += `M${x} 0v3`;
      drawing = false;
      return;
    }
    const y = (1.5 + (1 - height) * (HEIGHT - 3)).toFixed(1);
    line += `${drawing ? "L" : "M"}${x} ${y}`;
    drawing = true;
  });
  return (
    <svg class="sparkline" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={line} />
      {broken === "" ? null : <path class="sparkline-broken" d={broken} />}
    </svg>
  );
}
