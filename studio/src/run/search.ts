/** Whether all words of a search stand in a text; shapes may be written `12×2`, `12x2`, `12,2` or `[12, 2]`. */
export function matches(sought: string, words: string): boolean {
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/(\d)\s*[x×,]\s*(?=\d)/g, "$1×")
      .replace(/[[\]]/g, "");
  const text = plain(words);
  return plain(sought)
    .split(/\s+/)
    .every((word) => text.includes(word));
}
