/**
 * The names of the settings that a training's source states in `settings: { … }`, dotted where they are nested. It is read
 * and not run, which takes no time: what is computed is not found.
 */
export function settingNames(source: string): string[] {
  const begin = /\bsettings\s*:\s*\{/.exec(source);
  return begin === null ? [] : namesFrom(source, begin.index + begin[0].length, "").names;
}

/** The keys of an object whose brace is open at `at`, and where it closes. */
function namesFrom(source: string, at: number, path: string): { names: string[]; end: number } {
  const names: string[] = [];
  let depth = 0;
  let isKey = true;
  const token =
    /\/\/.*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|[\w$]+|[{}[\]():,]/g;
  token.lastIndex = at;
  for (let found = token.exec(source); found !== null; found = token.exec(source)) {
    const [text] = found;
    if (text.startsWith("//") || text.startsWith("/*")) continue;
    if (depth === 0 && isKey && /^["'\w$]/.test(text)) {
      const key = path + text.replace(/^["']|["']$/g, "");
      const after = /\s*(:\s*\{)?/y;
      after.lastIndex = token.lastIndex;
      const opened = after.exec(source);
      if (opened?.[1] === undefined) names.push(key);
      else {
        const inner = namesFrom(source, after.lastIndex, `${key}.`);
        names.push(...inner.names);
        token.lastIndex = inner.end;
      }
      isKey = false;
    } else if (/^[{[(]$/.test(text)) depth++;
    else if (/^[}\])]$/.test(text)) {
      if (depth-- === 0) return { names, end: token.lastIndex };
    } else if (depth === 0 && text === ",") isKey = true;
  }
  return { names, end: source.length };
}
