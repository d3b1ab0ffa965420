import type { Verdict, VerdictKind } from "../diagnosis/verdict.ts";
import type { RunEvent } from "../training/events.ts";

/** What a run ran on, as far as it bears on speed and on rounding. */
export interface Machine {
  /** The processor's own name, or its architecture where it has none. */
  readonly cpu: string;
  /** Processors that this process may use. */
  readonly cores: number;
  /** Bytes of memory. */
  readonly memory: number;
  /** Node's version, without the v. */
  readonly node: string;
  /** Operating system and architecture: `linux x64`. */
  readonly platform: string;
}

/** What is known of a run before it starts. */
export interface RunInfo {
  readonly name: string;
  /** The command line that repeats the run. */
  readonly command: string;
  /** The user's file, if there is one. */
  readonly file?: string | undefined;
  /** Every setting, defaults included: plain data. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed?: number | undefined;
  /** Of nadir, Node and what computes: see `versions`. */
  readonly versions: Readonly<Record<string, string>>;
  /** The git commit of the working directory: see `gitRevision`. */
  readonly revision?: string | undefined;
  readonly machine: Machine;
  /** The id of the run that this one goes on from, or changed. */
  readonly parent?: string | undefined;
  /** The one thing that this run changed against its parent, where it was made to try that. */
  readonly change?: SettingChange | undefined;
  /** The id of the sweep that it belongs to. */
  readonly sweep?: string | undefined;
}

/** One setting that was changed, and why. */
export interface SettingChange {
  /** Its dotted name: `learningRate`, `schedule.warmup`. */
  readonly setting: string;
  /** Plain data; undefined where there was none. */
  readonly from: unknown;
  readonly to: unknown;
  /** One sentence. */
  readonly why?: string | undefined;
}

/** Where a run or a sweep stands. */
export type RunStatus = "running" | RunEnd["status"];

/** How a run ended. */
export interface RunEnd {
  /** `ended` by itself, `interrupted` by the user or a limit, or `crashed` by an error. */
  readonly status: "ended" | "interrupted" | "crashed";
  readonly verdict?: Verdict | undefined;
  readonly loss?: number | undefined;
  readonly metrics?: Readonly<Record<string, number>> | undefined;
  /** Steps or iterations done. */
  readonly steps: number;
  /** Wall-clock seconds of computing. */
  readonly seconds: number;
  /** FLOPs, bytes, evaluations: plain data. */
  readonly cost?: object | undefined;
}

/** A run in a list: all but the verdict's evidence, whose vectors may be as long as the params. */
export interface RunSummary extends RunInfo {
  /** Short, lowercase, unique in its store: `k3f9`. */
  readonly id: string;
  /** The run's own folder: checkpoints and `params.safetensors`. */
  readonly dir: string;
  /** When it was made, in milliseconds since 1970. */
  readonly created: number;
  /** A run that nobody ended and whose writer is gone is `crashed`. */
  readonly status: RunStatus;
  /** The writer's last sign of life, in milliseconds since 1970. */
  readonly heartbeat: number;
  readonly verdictKind: VerdictKind | undefined;
  readonly gradientNorm: number | undefined;
  /** While running, or after a crash: the newest that was told. */
  readonly loss: number | undefined;
  readonly metrics: Readonly<Record<string, number>> | undefined;
  readonly steps: number | undefined;
  readonly seconds: number | undefined;
  readonly cost: object | undefined;
  /** In alphabetical order. */
  readonly tags: readonly string[];
  /** When it was put away, in milliseconds since 1970; undefined if it was not. */
  readonly archived: number | undefined;
  /** The store's counter at the newest write that concerns the run: see `Store.changesSince`. */
  readonly changed: number;
  /** The counter when its record was last cut back by a resume: points read before are void. */
  readonly rewound: number;
}

/** Everything about a run but its events and metrics. */
export interface Run extends RunSummary {
  readonly verdict: Verdict | undefined;
}

/** Which runs to list; all that are given must hold. */
export interface RunFilter {
  readonly status?: RunStatus | undefined;
  readonly name?: string | undefined;
  readonly file?: string | undefined;
  readonly parent?: string | undefined;
  readonly verdict?: VerdictKind | undefined;
  readonly sweep?: string | undefined;
  readonly tag?: string | undefined;
  /** `false` leaves out what was put away, `true` gives only that. Default: both. */
  readonly archived?: boolean | undefined;
  /** At most this many, the newest. */
  readonly limit?: number | undefined;
}

/** An event as it was kept. The values of a `progress` event's `series` are in the run's series. */
export interface StoredEvent {
  /** Counts up from 0 within a run. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly event: RunEvent;
}

/** How far the record of a run had come: what a checkpoint keeps, to resume the record with the run. */
export interface RecordMark {
  /** Events told. */
  readonly events: number;
  /** Points told, by series. */
  readonly points: Readonly<Record<string, number>>;
  /** Seconds spent. */
  readonly seconds: number;
}
