/**
 * A training in a process of its own, which prints what memory the process holds after each stage: one line
 * of JSON each. Argument: the width of the three hidden layers of a network of 784 inputs and 10 classes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { NDArray } from "../../../array/ndarray.ts";
import { adam } from "../../../methods/rules/adam.ts";
import { relu } from "../../../models/layers/activations.ts";
import { dense } from "../../../models/layers/dense.ts";
import { crossEntropy } from "../../../models/losses/crossEntropy.ts";
import { sequential } from "../../../models/sequential.ts";
import { dataset } from "../../../training/dataset.ts";
import { fit } from "../../../training/fit.ts";
import type { Stage } from "../memory.ts";

const mebibyte = 2 ** 20;

/** What the process holds now, and the most it held since it was asked before. */
function memory(): { held: number; most: number } {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const of = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
    const found = { held: of("VmRSS"), most: of("VmHWM") };
    writeFileSync("/proc/self/clear_refs", "5"); // the peak begins anew
    return found;
  } catch {
    // Not Linux: the peak is that of the whole process.
    const most = process.resourceUsage().maxRSS / 1024;
    return { held: process.memoryUsage.rss() / mebibyte, most };
  }
}

function tell(stage: string): void {
  const line: Stage = { stage, ...memory() };
  console.log(JSON.stringify(line));
}

const width = Number(process.argv[2]);
const rows = 512;
tell("process started, nadir loaded");
const data = dataset({
  x: NDArray.of(
    Float32Array.from({ length: rows * 784 }, (_, i) => Math.sin(i)),
    [rows, 784],
  ),
  label: NDArray.of(Int32Array.from({ length: rows }, (_, i) => i % 10)),
});
const hidden = [dense(width), relu(), dense(width), relu(), dense(width), relu()];
const model = sequential(...hidden, dense(10));
await fit({
  params: model.init([784]),
  loss: (params, batch, context) =>
    crossEntropy(model.apply(params, batch.x, context), batch.label),
  data,
  method: adam(1e-4),
  steps: 12,
  batchSize: 128,
  engine: "onnx",
  onReady: async () => tell("params and rule state made"),
  onEvent: ({ kind, ...event }) => {
    if (kind === "progress" && "step" in event) tell(`training, to step ${event.step}`);
    if (kind === "end") tell("verdict");
  },
});
