/** Whether a text is as a pattern says, in which `*` stands for any characters. */
export function glob(pattern: string): (text: string) => boolean {
  const parts = pattern.toLowerCase().split("*");
  return (text) => {
    const low = text.toLowerCase();
    const [head = ""] = parts;
    if (parts.length === 1) return low === head;
    const tail = parts.at(-1) ?? "";
    if (!low.startsWith(head) || !low.endsWith(tail)) return false;
    let at = head.length;
    for (const part of parts.slice(1, -1)) {
      const found = low.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + tail.length <= low.length;
  };
}
