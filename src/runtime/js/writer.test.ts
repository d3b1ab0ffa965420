import { expect, test } from "vitest";
import { pad } from "../../array/operations/shaping.ts";
import { finish, record } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { compileKernel } from "./compile.ts";

/** An array that throws where an element outside of it is read. */
const guarded = (data: Float64Array): Float64Array =>
  new Proxy(data, {
    get: (target, key) => {
      if (typeof key === "string" && !(key in target)) throw new Error(`read at ${key}`);
      return Reflect.get(target, key);
    },
  });

// Of fixed places the code knows at once which are outside; of more than 16 it asks in a loop.
test.for([5, 40])("a shifted vector of %i is made without reading beside it", (n) => {
  const shifted = (x: Tensor, offset: number): Tensor =>
    offset > 0
      ? pad(x.slice([offset, n]), [[0, offset]])
      : pad(x.slice([0, n + offset]), [[-offset, 0]]);
  const program = finish(
    record([{ shape: [n], dtype: "f64" }], (x) => [shifted(x!, 2).sub(shifted(x!, -1)).mul(3)]),
  );
  const x = Float64Array.from({ length: n }, (_, i) => i + 1);
  const out = new Float64Array(n);
  compileKernel(program)(guarded(x), out);
  expect([...out]).toEqual(Array.from(x, (_, i) => 3 * ((x[i + 2] ?? 0) - (x[i - 1] ?? 0))));
});
