import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions, requireWord } from "../base/require.ts";
import type { EngineChoice } from "../runtime/choose.ts";

/** What trainings of a project have in common, where their own files say nothing else. */
export interface NadirConfig {
  /** Folder of the run store, from this file's own. Written as a text as it stands: commands that only look read it without running this file. Default `.nadir`. */
  readonly store?: string;
  /** The one source of randomness. Default 0. */
  readonly seed?: number;
  /** What computes. Default `auto`: by size. */
  readonly engine?: EngineChoice;
  /** Threads of one operation. Default: all cores. */
  readonly threads?: number;
  /** Arithmetic of params and float data. Default `f32`. */
  readonly dtype?: "f32" | "f64";
  /** The gradient norm at which the end counts as stationary. Default 1e-4. */
  readonly tolerance?: number;
  /** Rows of a batch, for rules. Default 128. */
  readonly batchSize?: number;
  /** Times each row is used, where a file states no steps. Default 10. */
  readonly epochs?: number;
  /** Seconds between checkpoints. Default 10. */
  readonly checkpoint?: number;
  /** What each run is to be found by, beside its own tags. */
  readonly tags?: readonly string[];
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

const checks = {
  store: (value) => requireShape("store", value, isText(value), "the path of a folder"),
  seed: (value) =>
    requireShape("seed", value, Number.isSafeInteger(value), "a whole number, such as 0"),
  engine: (value) => requireWord("config/engine", value as "auto", ["auto", "js", "onnx"]),
  threads: (value) => requireCount("config/threads", value as number),
  dtype: (value) => requireWord("config/dtype", value as "f32", ["f32", "f64"]),
  tolerance: (value) => requireInRange("config/tolerance", value as number, above0, open),
  batchSize: (value) => requireCount("config/batchSize", value as number),
  epochs: (value) => requireInRange("config/epochs", value as number, above0, open),
  checkpoint: (value) => requireInRange("config/checkpoint", value as number, above0),
  tags: (value) => {
    const fits = Array.isArray(value) && value.every(isText);
    requireShape("tags", value, fits, 'a list of words, such as ["paper"]');
  },
  // Each check takes whatever a file may hold, and is what the type of the field is then known by.
} as const satisfies Record<keyof NadirConfig, (value: unknown) => unknown>;

const above0 = [0, Number.POSITIVE_INFINITY] as const;
const open = { open: true } as const;

/**
 * Defaults for the trainings of a project: what `nadir.config.ts` exports. A training's own file says more than this, a flag on
 * the command line more than both.
 *
 * @example
 * // nadir.config.ts
 * export default defineConfig({ store: "runs", engine: "onnx", threads: 2, tags: ["paper"] });
 *
 * @throws NadirError `defineConfig/unknown-option`, with the nearest name; `config/…` for a value that is none of its kind
 */
export function defineConfig(config: NadirConfig): NadirConfig {
  requireKnownOptions("defineConfig", config, Object.keys(checks));
  for (const [name, value] of Object.entries(config)) {
    if (value !== undefined) checks[name as keyof NadirConfig](value); // a known name, by the line above
  }
  return config;
}

function requireShape(name: string, value: unknown, fits: boolean, expected: string): void {
  if (fits) return;
  throw new NadirError(`config/${name}`, `${name} is ${JSON.stringify(value) ?? String(value)}`, {
    expected,
  });
}
