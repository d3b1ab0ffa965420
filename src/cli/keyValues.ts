import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";

/** A setting's value as it was written: a number, true or false, a JSON array or object, else text. */
export type SettingValue =
  | number
  | boolean
  | string
  | null
  | readonly SettingValue[]
  | { readonly [key: string]: SettingValue };

/** Settings by their dotted keys, in the order given: `schedule.peak` → 0.002. */
export type Settings = ReadonlyMap<string, SettingValue>;

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const key = /^[A-Za-z_]\w*(\.\w+)*$/;

/**
 * Reads `key=value` words.
 *
 * @throws NadirError `settings/syntax` for a word without `=`, an odd key, or broken JSON;
 *   `settings/repeated` for a key given twice, or given both whole and in parts
 */
export function parseSettings(words: readonly string[]): Settings {
  const settings = new Map<string, SettingValue>();
  for (const word of words) {
    const at = word.indexOf("=");
    const name = word.slice(0, at);
    if (at < 0 || !key.test(name) || /(^|\.)(__proto__|constructor|prototype)(\.|$)/.test(name)) {
      throw new NadirError("settings/syntax", `cannot read the setting "${word}"`, {
        expected: "key=value, such as learningRate=3e-4 or schedule.warmup=0.1",
      });
    }
    for (const other of settings.keys()) {
      if (other !== name && !other.startsWith(`${name}.`) && !name.startsWith(`${other}.`))
        continue;
      throw new NadirError("settings/repeated", `the setting "${name}" is given twice`, {
        hint: other === name ? "leave one of them out" : `give either ${other} or ${name}`,
      });
    }
    settings.set(name, parseValue(word.slice(at + 1), name));
  }
  return settings;
}

function parseValue(text: string, name: string): SettingValue {
  if (numeral.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  if (!/^[["{]/.test(text)) return text;
  try {
    return JSON.parse(text) as SettingValue; // what JSON can say is what SettingValue is
  } catch (cause) {
    throw new NadirError("settings/syntax", `the value of "${name}" is not JSON: ${text}`, {
      expected: 'an array such as [1,2], an object such as {"a":1}, or plain text',
      hint: `quote it against the shell: '${name}=${text}'`,
      cause,
    });
  }
}

/** Settings as nested objects: `schedule.peak` and `schedule.warmup` become `{ schedule: { peak, warmup } }`. */
export function nestSettings(settings: Settings): { [key: string]: SettingValue } {
  interface Branch {
    [key: string]: SettingValue | Branch;
  }
  const root: Branch = {};
  for (const [name, value] of settings) {
    const path = name.split(".");
    let branch = root;
    for (const part of path.slice(0, -1)) {
      branch[part] ??= {};
      branch = branch[part] as Branch; // parseSettings has refused a key that is both a value and a branch
    }
    branch[path.at(-1) ?? name] = value;
  }
  return root as { [key: string]: SettingValue };
}

/**
 * Refuses a setting that is not known, before any work is done.
 *
 * @param known - the dotted keys; a known key also admits the keys below it
 * @param where - what the settings are for: a file's name
 * @throws NadirError `settings/unknown`, with the nearest known name
 */
export function requireKnownSettings(
  settings: Settings,
  known: readonly string[],
  where: string,
): void {
  for (const name of settings.keys()) {
    if (known.some((candidate) => name === candidate || name.startsWith(`${candidate}.`))) continue;
    const near = nearest(name, known);
    throw new NadirError("settings/unknown", `unknown setting "${name}" for ${where}`, {
      expected: known.length > 0 ? `one of ${known.join(", ")}` : "no settings",
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
}
