import { NadirError } from "../../base/errors.ts";
import type { Id } from "../../estimators/factorization/ratings.ts";

/** One line of a file of ratings. */
export interface Line {
  readonly user: Id;
  readonly item: Id;
  readonly value: number;
  readonly time: number | undefined;
}

/** In the order in which they are looked for. */
const separators = ["::", "\t", ",", ";", " "];

/** Reads lines one after the other, the separator and perhaps headings from the first; undefined for one without a rating. */
export function lineReader(path: string): (text: string, line: number) => Line | undefined {
  let separator: string | undefined;
  return (text, line) => {
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (whole.trim() === "") return undefined;
    const isFirst = separator === undefined;
    separator ??= separators.find((one) => whole.includes(one)) ?? ",";
    const fields = fieldsOf(whole, separator);
    const [user = "", item = "", rating = "", time] = fields;
    const value = Number(rating);
    const isHeading = isFirst && /\p{L}/u.test(rating) && !/^[+-]?(nan|inf)/i.test(rating);
    if (isHeading && fields.length <= 4) return undefined;
    const refuse = (what: string): NadirError =>
      new NadirError("ratings/line", `${path}:${line}: ${what}`, {
        expected: `user, item, rating and perhaps a time, separated by ${JSON.stringify(separator)}, as on the first line`,
        hint: `the line is ${JSON.stringify(whole.length > 80 ? `${whole.slice(0, 80)}…` : whole)}`,
      });
    if (fields.length < 3 || fields.length > 4)
      throw refuse(`${fields.length} ${fields.length === 1 ? "field" : "fields"}`);
    if (user === "" || item === "") throw refuse(`no ${user === "" ? "user" : "item"}`);
    if (rating === "" || !Number.isFinite(value))
      throw refuse(`the rating is ${rating === "" ? "empty" : `"${rating}"`}, not a finite number`);
    const when = time === undefined ? undefined : Number(time);
    if (when !== undefined && (time === "" || !Number.isFinite(when)))
      throw refuse(`the time is "${time}", not a finite number`);
    return { user: idOf(user), item: idOf(item), value, time: when };
  };
}

/** Digits are a number, unless leading zeros or their length would be lost. */
const idOf = (word: string): Id => (/^(0|[1-9]\d{0,14})$/.test(word) ? Number(word) : word);

function fieldsOf(text: string, separator: string): string[] {
  if (!text.includes('"')) {
    const parts = separator === " " ? text.trim().split(/ +/) : text.split(separator);
    return parts.map((part) => part.trim());
  }
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') {
      if (quoted && text[i + 1] === '"') field += text[i++];
      else quoted = !quoted;
    } else if (!quoted && text.startsWith(separator, i)) {
      fields.push(field.trim());
      field = "";
      i += separator.length - 1;
    } else field += text[i];
  }
  return [...fields, field.trim()];
}
