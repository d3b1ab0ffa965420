import { expect, test } from "vitest";
import { requireKnownOptions } from "./require.ts";

test.for([
  ["nothing", undefined, "fit/options", /fit: the options are undefined\n.*epochs, steps/],
  ["null", null, "fit/options", /are null/],
  ["a number", 3, "fit/options", /are 3/],
  ["a misspelt one", { epoch: 3 }, "fit/unknown-option", /did you mean epochs\?/],
] as const)("options that are %s are refused", ([, options, code, message]) => {
  // A cast: what a caller without types may give.
  const ask = () => requireKnownOptions("fit", options as object, ["epochs", "steps"]);
  expect(ask).toThrow(message);
  expect(ask).toThrow(expect.objectContaining({ code }));
});
