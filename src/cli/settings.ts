import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import type { Setting, SettingDefaults } from "../training/defineTraining.ts";
import { nestSettings, type Settings } from "./keyValues.ts";

/** The settings of a run: their values, and the dotted names of those that were overridden. */
export interface ChosenSettings {
  readonly values: SettingDefaults;
  readonly overridden: ReadonlySet<string>;
}

/**
 * A file's settings with what the command line says instead. An override must have its default's type;
 * where the default is `null`, it may be anything.
 *
 * @param where - the file, as the user would write it
 * @throws NadirError `settings/unknown`, with the nearest name; `settings/type`
 */
export function chooseSettings(
  defaults: SettingDefaults,
  overrides: Settings,
  where: string,
): ChosenSettings {
  const values = merge(defaults, nestSettings(overrides), { path: "", root: defaults, where });
  return { values, overridden: new Set(overrides.keys()) };
}

interface Place {
  /** Dotted, with a dot at its end; empty at the root. */
  readonly path: string;
  readonly root: SettingDefaults;
  readonly where: string;
}

function merge(defaults: SettingDefaults, given: SettingDefaults, place: Place): SettingDefaults {
  const merged: Record<string, Setting> = { ...defaults };
  for (const [key, value] of Object.entries(given)) {
    const name = place.path + key;
    if (!Object.hasOwn(defaults, key)) throw unknownSetting(name, place);
    const standard = defaults[key] as Setting; // just found to be there
    if (isRecord(standard)) {
      if (!isRecord(value)) throw wrongType(name, standard, value);
      merged[key] = merge(standard, value, { ...place, path: `${name}.` });
    } else {
      if (!sameType(standard, value)) throw wrongType(name, standard, value);
      merged[key] = value;
    }
  }
  return merged;
}

const isRecord = (value: Setting): value is SettingDefaults =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Lists take entries of the type of their default's first. */
function sameType(standard: Setting, value: Setting): boolean {
  if (standard === null) return true;
  if (!Array.isArray(standard)) return typeof value === typeof standard && value !== null;
  if (!Array.isArray(value)) return false;
  const [first] = standard as readonly Setting[];
  return first === undefined || value.every((entry: Setting) => sameType(first, entry));
}

function unknownSetting(name: string, { root, where }: Place): NadirError {
  const known = namesOf(root);
  const near = nearest(name, known);
  return new NadirError("settings/unknown", `unknown setting "${name}" for ${where}`, {
    expected: known.length > 0 ? `one of ${known.join(", ")}` : "none: the file has no settings",
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** The dotted names of all settings. */
export function namesOf(settings: SettingDefaults, path = ""): string[] {
  return Object.entries(settings).flatMap(([key, value]) =>
    isRecord(value) ? namesOf(value, `${path}${key}.`) : [path + key],
  );
}

/** A setting by its dotted name. */
export const settingAt = (settings: SettingDefaults, name: string): Setting | undefined =>
  name
    .split(".")
    .reduce<Setting | undefined>(
      (value, key) => (value !== undefined && isRecord(value) ? value[key] : undefined),
      settings,
    );

function wrongType(name: string, standard: Setting, value: Setting): NadirError {
  const text = JSON.stringify(value);
  const quoted = typeof standard === "string" && typeof value !== "object";
  return new NadirError("settings/type", `the setting "${name}" is ${text}`, {
    expected: `${typeOf(standard)}, as its default ${JSON.stringify(standard)} is`,
    hint: quoted ? `quote it as text: '${name}="${String(value)}"'` : undefined,
  });
}

function typeOf(value: Setting): string {
  if (Array.isArray(value)) {
    const [first] = value as readonly Setting[];
    return first === undefined ? "a list" : `a list, each entry ${typeOf(first)}`;
  }
  if (typeof value === "number") return "a number";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "string" ? "text" : "an object";
}
