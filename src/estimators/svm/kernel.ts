import { NadirError } from "../../base/errors.ts";
import { nearest, requireCount, requireInRange } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { Samples } from "./samples.ts";

/** How alike two samples are. */
export type KernelChoice =
  /** x·z. */
  | "linear"
  /** exp(−γ‖x − z‖²) with γ = 1/(features × variance of all entries of the design). */
  | "rbf"
  /** exp(−γ‖x − z‖²). */
  | { readonly rbf: number }
  /** (scale·x·z + offset)^degree; scale 1 and offset 1 unless given. */
  | { readonly polynomial: number; readonly scale?: number; readonly offset?: number };

/** A positive semidefinite kernel that is a function of inner products. */
export interface Kernel {
  readonly name: string;
  /** What tells it from other kernels: γ, or degree, scale and offset. */
  readonly parameters: Readonly<Record<string, number>>;
  /** out[k] ← K(x, x_k), in place of the products x·x_k; `square` is ‖x‖², `squares[k]` ‖x_k‖². */
  fromProducts(out: Vector, square: number, squares: Vector): void;
}

const words = ["linear", "rbf", "polynomial"] as const;

/**
 * Reads a choice of kernel.
 *
 * @throws NadirError `svm/kernel` for a name that is none; `svm/gamma`, `svm/degree`, `svm/scale`, `svm/offset` for a parameter with which
 *   it would not be positive semidefinite
 */
export function readKernel(choice: KernelChoice, samples: Samples): Kernel {
  if (choice === "linear") return linear;
  if (choice === "rbf") return rbf(scaledGamma(samples));
  if (typeof choice === "object" && choice !== null) {
    if ("rbf" in choice) return rbf(choice.rbf);
    if ("polynomial" in choice)
      return polynomial(choice.polynomial, choice.scale ?? 1, choice.offset ?? 1);
  }
  const given: unknown = choice; // of a caller without types
  const name =
    typeof given === "object" && given !== null ? Object.keys(given).join(", ") : String(given);
  const near = nearest(name, words);
  throw new NadirError("svm/kernel", `there is no kernel "${name}"`, {
    expected: '"linear", "rbf", { rbf: γ } or { polynomial: degree, scale, offset }',
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

const linear: Kernel = { name: "linear", parameters: {}, fromProducts: () => undefined };

function rbf(given: number): Kernel {
  const gamma = requireInRange("svm/gamma", given, [0, Number.POSITIVE_INFINITY], { open: true });
  return {
    name: "rbf",
    parameters: { gamma },
    fromProducts: (out, square, squares) => {
      for (let k = 0; k < out.length; k++) {
        // Rounding may put a distance a little below 0.
        out[k] = Math.exp(-gamma * Math.max(0, square + squares[k]! - 2 * out[k]!));
      }
    },
  };
}

function polynomial(power: number, by: number, plus: number): Kernel {
  const degree = requireCount("svm/degree", power);
  const scale = requireInRange("svm/scale", by, [0, Number.POSITIVE_INFINITY], { open: true });
  const offset = requireInRange("svm/offset", plus, [0, Number.POSITIVE_INFINITY]);
  return {
    name: "polynomial",
    parameters: { degree, scale, offset },
    fromProducts: (out) => {
      for (let k = 0; k < out.length; k++) out[k] = (scale * out[k]! + offset) ** degree;
    },
  };
}

/** @throws NadirError `svm/gamma` if all entries of the design are the same */
function scaledGamma({ design }: Samples): number {
  const { samples: n, features: p } = design;
  const { means, spreads } = design.moments(true);
  const mean = means.reduce((sum, m) => sum + m, 0) / p;
  const variance = means.reduce((sum, m, j) => sum + spreads[j]! ** 2 + (m - mean) ** 2, 0) / p;
  if (variance > 0) return 1 / (p * variance);
  throw new NadirError("svm/gamma", `all ${n * p} entries of the design are the same`, {
    expected: "samples that differ",
  });
}
