const NEWLINE = 10;

/** What a command writes, as lines: the last is its result, and those before were coarser ones. */
export class ResultLines {
  #begun: Buffer[] = [];
  #last = "";

  /** Takes what came; gives back the newest whole line if one was ended by it. */
  add(piece: Buffer): string | undefined {
    let from = 0;
    let ended: string | undefined;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, from)) {
      ended = Buffer.concat([...this.#begun, piece.subarray(from, at + 1)]).toString("utf8");
      this.#begun = [];
      from = at + 1;
    }
    if (from < piece.length) this.#begun.push(piece.subarray(from));
    if (ended !== undefined) this.#last = ended;
    return ended;
  }

  /** The last line, with its end if it has one. */
  get result(): string {
    return this.#begun.length === 0 ? this.#last : Buffer.concat(this.#begun).toString("utf8");
  }
}
