/** Between two drawings the page rests so many times as long as the last one took: it must hear, and be heard. */
const REST = 2;

/** Draws when there is something new: at most once a frame, never in a page that is not seen, and a third of the time at most. */
export class Pace {
  readonly #draw: () => void;
  /** Set from when a drawing is due until the page has rested after it. */
  #busy: ReturnType<typeof setTimeout> | undefined;
  #asked = false;
  #closed = false;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Draws with a frame to come. */
  ask(): void {
    this.#asked = true;
    this.#busy ??= setTimeout(() => requestAnimationFrame(() => this.now()));
  }

  /** Draws at once, and rests from then on. */
  now(): void {
    if (this.#closed) return;
    clearTimeout(this.#busy);
    this.#asked = false;
    const begun = performance.now();
    this.#draw();
    const rested = (): void => {
      this.#busy = undefined;
      if (this.#asked) this.ask();
    };
    // Pictures are painted after the frame: that counts too.
    const drawn = (): void => {
      this.#busy = setTimeout(rested, REST * (performance.now() - begun));
    };
    this.#busy = setTimeout(() => requestAnimationFrame(() => setTimeout(drawn)));
  }

  /** Nothing is drawn any more, whatever is due. */
  close(): void {
    this.#closed = true;
  }
}
