import { reachable } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import {
  addLogits,
  type LabelRecord,
  type LabelReport,
  labelRecordParts,
  labelReport,
  newLabelRecord,
} from "../../diagnosis/labelDynamics.ts";
import type { Standing } from "../measure.ts";
import type { RunningPlan } from "../plan.ts";
import { pickRows } from "../rows.ts";
import type { Snapshot } from "../snapshot.ts";

/** How wrong labels are looked for. */
export interface SuspectsOptions {
  /** Training rows that are followed, drawn once. Default 20,000, or all if there are fewer. */
  readonly rows?: number;
  /** The path of the labels in a batch, as `label`. Default: the one array of whole numbers with one for each row. */
  readonly label?: string;
}

const defaultRows = 20_000;

/** @throws NadirError `fit/suspects` */
export function requireSuspects(
  suspects: SuspectsOptions | boolean | undefined,
): SuspectsOptions | undefined {
  if (suspects === undefined || suspects === false) return undefined;
  if (suspects === true) return {};
  if (typeof suspects !== "object" || suspects === null) {
    throw new NadirError("fit/suspects", `fit: suspects is ${String(suspects)}`, {
      expected: "true, false, or { rows, label }",
    });
  }
  requireKnownOptions("suspects", suspects, ["rows", "label"]);
  if (suspects.rows !== undefined) requireCount("fit/suspects", suspects.rows, 20);
  return suspects;
}

/** Follows the margins of training rows, measured in eval mode at the end of each epoch. */
export class LabelWatch {
  readonly #plan: RunningPlan;
  readonly #rows: Int32Array;
  readonly #labels: ArrayLike<number>;
  #record: LabelRecord;

  /** @throws NadirError `suspects/label`, `suspects/logits`, `resume/tensors` */
  constructor(
    plan: RunningPlan,
    { rows = defaultRows, label }: SuspectsOptions,
    resume?: Snapshot,
  ) {
    this.#plan = plan;
    this.#rows = plan.order.rows(0, Math.min(rows, plan.rows)).sort();
    const all = labelsOf(plan, label);
    this.#labels = Int32Array.from(this.#rows, (row) => all[row]!);
    plan.measurements.checkNodes(pickRows(plan.data, this.#rows.slice(0, 2)), logitsOf);
    this.#record = resume === undefined ? newLabelRecord(this.#rows.length) : this.#opened(resume);
  }

  async add(at: Standing): Promise<void> {
    const sample = pickRows(this.#plan.data, this.#rows);
    const logits = await this.#plan.measurements.nodes(sample, at, "logits", logitsOf);
    this.#record = addLogits(this.#record, logits, this.#labels);
  }

  report(): LabelReport {
    return labelReport(this.#record, this.#labels, this.#rows);
  }

  /** What a snapshot keeps, to go on with. */
  tensors(): Snapshot["tensors"] {
    const { epochs } = this.#record;
    const shape = [this.#rows.length];
    return {
      "labels.epochs": { dtype: "f64", shape: [1], data: Float64Array.of(epochs) },
      ...Object.fromEntries(
        labelRecordParts.map((name) => [
          `labels.${name}`,
          { dtype: "f64" as const, shape, data: this.#record[name].slice() },
        ]),
      ),
    };
  }

  #opened({ tensors }: Snapshot): LabelRecord {
    const read = (name: string, length: number): Float64Array => {
      const found = tensors[`labels.${name}`]?.data;
      if (found instanceof Float64Array && found.length === length) return found.slice();
      throw new NadirError("resume/tensors", `resume: labels.${name} is missing`, {
        expected: "a snapshot of a run with the same option suspects",
      });
    };
    const parts = labelRecordParts.map((name) => [name, read(name, this.#rows.length)] as const);
    const record = { epochs: read("epochs", 1)[0]!, ...Object.fromEntries(parts) };
    return record as LabelRecord; // one entry for each part
  }
}

/** The logits of a loss: what the last log-softmax in its graph is taken of, `[rows, classes]`. */
function logitsOf(value: Tensor): Tensor {
  const found = reachable([value])
    .reverse()
    .find(({ op, shape }) => op === "logSoftmax" && shape.length === 2);
  if (found !== undefined) return found.inputs[0]!;
  throw new NadirError("suspects/logits", "fit: suspects of a loss without logits", {
    expected: "a loss that takes the cross entropy of [rows, classes] logits",
    hint: "labelNoise(x, y) ranks labels of any data by a linear classifier",
  });
}

/** The labels of the training data. @throws NadirError `suspects/label` */
function labelsOf({ data }: RunningPlan, path: string | undefined): ArrayLike<number> {
  const whole = data.arrays
    .map((array, i) => ({ array, path: data.paths[i]! }))
    .filter(({ array: { dtype, shape } }) => dtype === "i32" && shape.length === 1);
  const named = path === undefined ? whole : whole.filter((own) => own.path === path);
  if (named.length === 1) return named[0]!.array.data;
  throw new NadirError(
    "suspects/label",
    `fit: suspects, and ${named.length} arrays of a batch ${path === undefined ? "may be its labels" : `are called ${path}`}`,
    {
      expected: "one array of whole numbers, one for each row",
      hint:
        whole.length > 1
          ? `suspects: { label: "${whole[0]!.path}" }`
          : "label: Int32Array.of(3, 1, …) in the data set",
    },
  );
}
