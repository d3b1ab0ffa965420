/**
 * Where the lines of a long list are drawn. A line keeps its place for as long as it is seen; one that comes takes the
 * place of one that went, whose elements are filled anew: making others and laying them out costs several times as much.
 */
export class Places {
  #taken: ReadonlyMap<string, number> = new Map();
  #made = 0;

  /**
   * @param keys - the lines that are seen now, each once
   * @returns the place of each
   */
  of(keys: readonly string[]): readonly number[] {
    const seen = new Set(keys);
    const free = [...this.#taken].filter(([key]) => !seen.has(key)).map(([, place]) => place);
    let next = 0;
    const places = keys.map((key) => this.#taken.get(key) ?? free[next++] ?? this.#made++);
    this.#taken = new Map(keys.map((key, i) => [key, places[i] ?? 0]));
    return places;
  }
}
