import { NadirError } from "../../base/errors.ts";

/**
 * Functions of SQLite, and of what libsql adds, that compute from what they are given and nothing else. libsql also brings some
 * that read and write files (`readfile`, `writefile`, `fsdir`), that run SQL (`sha3_query`) or that load code: what does not
 * stand here is refused, so that one that a later libsql adds is as well.
 */
const harmless = new Set(
  `-> ->> abs acos acosh asin asinh atan atan2 atanh atn2 avg ceil ceiling changes char charindex coalesce concat concat_ws cos
  cosh cot coth count cume_dist current_date current_time current_timestamp date datetime degrees dense_rank difference exp
  first_value floor format generate_series glob group_concat hex ifnull iif instr json json_array json_array_length json_each
  json_error_position json_extract json_group_array json_group_object json_insert json_object json_patch json_quote
  json_remove json_replace json_set json_tree json_type json_valid jsonb jsonb_array jsonb_extract jsonb_group_array
  jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set julianday lag last_insert_rowid
  last_value lead leftstr length like likelihood likely ln log log10 lower lower_quartile ltrim match max median min mode nth_value ntile
  nullif octet_length padc padl padr percent_rank pi power printf proper quote radians random randomblob rank regexp regexpi
  replace replicate reverse rightstr round row_number rtrim sha3 sign sin sinh soundex sqlite_source_id sqlite_version sqrt
  square stdev strfilter strftime string_agg substr substring subtype sum tan tanh time timediff total total_changes trim
  typeof unhex unicode unixepoch unlikely upper upper_quartile uuid uuid_blob uuid_str variance zeroblob
  pragma_function_list pragma_module_list`.split(/\s+/),
);

/**
 * Refuses SQL in which the name of any other function or table of SQLite's own stands, be it in a text.
 *
 * @param known - the names of all functions and virtual tables that the connection has
 * @throws NadirError `query/function`
 */
export function requireHarmless(sql: string, known: readonly string[]): void {
  const words = new Set(sql.toLowerCase().match(/[a-z_]\w*/g));
  const found = known.find(
    (name) => !harmless.has(name.toLowerCase()) && words.has(name.toLowerCase()),
  );
  if (found === undefined) return;
  throw new NadirError("query/function", `"${found}" may not stand in a query`, {
    expected: "functions that compute from what they are given: no files, no other SQL, no code",
    hint: `in a text, cut the word in two: 'a' || 'b'`,
  });
}
