import { expect, test } from "vitest";
import { requireKnownOptions } from "./require.ts";

test.for([
  ["nothing", undefined, "fit/options", /fit: the options are undefined\n.*epochs, steps/],
  ["null", null, "fit/options", /are null/],
  ["a number", 3, "fit/options", /are 3/],
  ["an array", [3], "fit/options", /are an array\n.*epochs, steps\n *try: fit\(options\)\.to\(x\)/],
  ["a typed array", new Float64Array(1), "fit/options", /are an array/],
  ["a misspelt one", { epoch: 3 }, "fit/unknown-option", /did you mean epochs\?/],
] as const)("options that are %s are refused", ([, options, code, message]) => {
  // A cast: what a caller without types may give.
  const ask = () =>
    requireKnownOptions("fit", options as object, ["epochs", "steps"], "fit(options).to(x)");
  expect(ask).toThrow(message);
  expect(ask).toThrow(expect.objectContaining({ code }));
});
