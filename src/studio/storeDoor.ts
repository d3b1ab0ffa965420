import { statSync } from "node:fs";
import { NadirError } from "../base/errors.ts";
import { openStore, type Store } from "../runs/store.ts";

/**
 * The way to a store that may not be there yet, or be replaced by another while the server runs:
 * a reader that is opened when the file is there, and a writer that is opened when something is to change.
 */
export class StoreDoor {
  readonly dir: string;
  #reader: { readonly store: Store; readonly file: string } | undefined;
  #writer: Store | undefined;

  constructor(dir: string) {
    this.dir = dir;
  }

  /**
   * The store, to be read; undefined where no run has made one yet.
   *
   * @throws NadirError `store/…`
   */
  async read(): Promise<Store | undefined> {
    if (this.#reader !== undefined && this.#reader.file === identity(this.#reader.store.file)) {
      return this.#reader.store;
    }
    this.close();
    try {
      const store = await openStore(this.dir, { readOnly: true });
      this.#reader = { store, file: identity(store.file) };
      return store;
    } catch (error) {
      if (error instanceof NadirError && error.code === "store/missing") return undefined;
      throw error;
    }
  }

  /** The store, to be read, of which a run is asked for. */
  async require(): Promise<Store> {
    const store = await this.read();
    if (store !== undefined) return store;
    throw new NadirError("store/unknown-run", "there is no run: the store is empty", {
      hint: "nadir train FILE, which makes one",
    });
  }

  /** The store, to be changed: one of its runs. */
  async write(): Promise<Store> {
    await this.require();
    return this.make();
  }

  /** The store, to be changed; made where no run has made one yet. */
  async make(): Promise<Store> {
    // Looks first whether it is another by now.
    await this.read();
    this.#writer ??= await openStore(this.dir);
    return this.#writer;
  }

  close(): void {
    for (const store of [this.#reader?.store, this.#writer]) store?.close();
    this.#reader = this.#writer = undefined;
  }
}

/** Of a file: another one under the same name is another. */
function identity(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.dev} ${found.ino}`;
}
