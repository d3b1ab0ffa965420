import { internal, NadirError } from "../base/errors.ts";
import { saveCheckpoint } from "../runs/checkpoint.ts";
import type { RecordMark, Run, RunEnd, RunInfo } from "../runs/run.ts";
import type { RunWriter } from "../runs/runWriter.ts";
import type { SavedTensor } from "../runs/safetensors.ts";
import { openStore, type Store } from "../runs/store.ts";
import type { RunEvent } from "../training/events.ts";
import type { ModelOutline } from "../training/modelOutline.ts";
import type { Snapshot } from "../training/snapshot.ts";

/** A run that is gone on with: the point of its record that its checkpoint belongs to. */
export interface Continued {
  readonly id: string;
  readonly mark: RecordMark;
  /** Seconds of training up to there. */
  readonly seconds: number;
}

/** The mark of a run without a checkpoint: its record begins anew. */
export const noMark: RecordMark = { events: 0, points: {}, seconds: 0 };

/** What a checkpoint keeps beside the arrays. */
export interface CheckpointMeta extends Omit<Snapshot, "tensors"> {
  readonly schema: typeof checkpointSchema;
  readonly mark: RecordMark;
  readonly seconds: number;
}

export const checkpointSchema = "nadir.checkpoint/1";

/** What is known of a run's method and size when it starts. */
export type StartEvent = Extract<RunEvent, { kind: "start" }>;

/** A file of the user's that a run is made of. */
export interface CodeFile {
  /** As the user would write it. */
  readonly name: string;
  readonly text: string;
}

/** Longer files are data, and are not kept with every run of them. */
const LONGEST_CODE = 1_000_000;

/** Checkpoints that stay beside the newest two, for pictures of the way: of a model that is not large. */
const MOST_WAYMARKS = 8;
const WAYMARK_BYTES = 16_000_000;
/** An outline of some ten thousand layers: longer ones are not kept. */
const LONGEST_MODEL = 4_000_000;

export interface RecordOptions {
  /** Folder of the store. */
  readonly dir: string;
  /** What is known of the run when it starts. */
  readonly info: (start: StartEvent) => RunInfo;
  readonly continued?: Continued | undefined;
  /** The user's files, as they were read; kept with the run. */
  readonly code: () => readonly CodeFile[];
  /** What it is to be found by. */
  readonly tags?: readonly string[] | undefined;
  /** Says a line to the user. */
  readonly note: (line: string) => void;
}

/**
 * Keeps the record of one run: it is made at the run's `start` event, when all that was given has been
 * found good, so that misuse leaves nothing behind.
 */
export class RunRecord implements AsyncDisposable {
  readonly #options: RecordOptions;
  #store: Store | undefined;
  #run: RunWriter | undefined;
  #started = 0;
  #model: (() => ModelOutline) | undefined;
  #unsaved: NadirError | undefined;

  constructor(options: RecordOptions) {
    this.#options = options;
  }

  /** Opens the store. Hand it to `fit` or `minimize` as `onReady`. */
  readonly open = async (model?: () => ModelOutline): Promise<void> => {
    const { dir, continued } = this.#options;
    this.#model = model;
    this.#store = await openStore(dir);
    if (continued !== undefined) this.#run = this.#store.resumeRun(continued.id, continued.mark);
  };

  /** Records an event. */
  hear(event: RunEvent): void {
    if (event.kind === "start") {
      this.#started = performance.now();
      this.#run ??= this.#opened.createRun(this.#options.info(event));
      this.#keepCode(this.#run.id);
      this.#keepModel(this.#run.id);
      const { tags = [] } = this.#options;
      if (tags.length > 0) this.#opened.tags.add(this.#run.id, tags);
      // A record that is gone on with has its start already.
      if ((this.#options.continued?.mark.events ?? 0) > 0) return;
    }
    this.#writer.event(event);
  }

  /**
   * Saves a checkpoint. Where that fails the run goes on, and the user is told; `unsaved` says so as
   * long as no later one was saved.
   */
  readonly save = ({ tensors, progress, settings }: Snapshot): string | undefined => {
    try {
      const mark = this.#writer.mark();
      const meta: CheckpointMeta = {
        ...{ schema: checkpointSchema, progress, settings, mark },
        seconds: this.seconds,
      };
      const bytes = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
      const waymarks = Math.min(MOST_WAYMARKS, Math.floor(WAYMARK_BYTES / Math.max(1, bytes)));
      const { dir } = this.#writer;
      const { file } = saveCheckpoint(dir, progress.step, { tensors, meta }, { waymarks });
      this.#unsaved = undefined;
      return file;
    } catch (error) {
      if (!(error instanceof NadirError)) throw error;
      if (this.#unsaved === undefined) {
        this.#options.note(`no checkpoint could be saved (${error.summary}); the run goes on`);
      }
      this.#unsaved = error;
      return undefined;
    }
  };

  /** The run's id, once it has started. */
  get id(): string {
    return this.#writer.id;
  }

  /** Why the newest state is not saved; undefined if it is. */
  get unsaved(): NadirError | undefined {
    return this.#unsaved;
  }

  /** Seconds since the run started, and those before it was gone on with. */
  get seconds(): number {
    return (this.#options.continued?.seconds ?? 0) + (performance.now() - this.#started) / 1000;
  }

  /** Writes how the run ended, with its final params, and reads the whole record back. */
  end(outcome: RunEnd, params?: Readonly<Record<string, SavedTensor>>): Run {
    const writer = this.#writer;
    if (params !== undefined) writer.saveParams(params);
    writer.end(outcome);
    return this.#opened.run(writer.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#store?.close();
  }

  /** Of a run that is gone on with too: what has changed since is kept beside what it began with. */
  #keepCode(run: string): void {
    for (const { name, text } of this.#options.code()) {
      const bytes = new TextEncoder().encode(text);
      if (bytes.byteLength > LONGEST_CODE) continue;
      const label = { kind: "code", name: name.replaceAll(/\p{Control}|\p{Surrogate}/gu, "�") };
      this.#opened.artefacts.put(run, { ...label, mediaType: "text/plain", bytes });
    }
  }

  /** What the model is made of, so that a page can show it without running the user's code. */
  #keepModel(run: string): void {
    if (this.#model === undefined) return;
    let outline: ModelOutline;
    try {
      outline = this.#model();
    } catch (error) {
      // A loss that is for so many rows alone, and for no others.
      if (!(error instanceof NadirError)) throw error;
      this.#options.note(`what the model is made of is not kept: ${error.summary}`);
      return;
    }
    const bytes = new TextEncoder().encode(JSON.stringify({ schema: "nadir.model/1", ...outline }));
    if (bytes.byteLength > LONGEST_MODEL) return;
    const label = { kind: "model", name: "layers and params", mediaType: "application/json" };
    this.#opened.artefacts.put(run, { ...label, bytes });
  }

  get #opened(): Store {
    if (this.#store === undefined) throw internal("a record whose store is not open");
    return this.#store;
  }

  get #writer(): RunWriter {
    if (this.#run === undefined) throw internal("a record before its run has started");
    return this.#run;
  }
}
