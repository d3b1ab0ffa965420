import { expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { numbersFrom } from "../../linalg/testing.ts";
import { jit } from "../../runtime/jit.ts";
import { inverse } from "./matrixRoot.ts";

test("inverse keeps in single precision what a condition number of 10,000 leaves", () => {
  const [n, rank, damping] = [300, 6, 1e-4];
  const next = numbersFrom(1);
  // Σ rrᵀ of a few rows with entries between 0 and 1, of largest eigenvalue 1, and the damping on the diagonal.
  const rows = Float64Array.from({ length: rank * n }, () => Math.abs(next()));
  const entry = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += rows[k * n + i]! * rows[k * n + j]!;
    return sum;
  };
  const raw = Float64Array.from({ length: n * n }, (_, at) => entry(Math.floor(at / n), at % n));
  let trace = 0;
  for (let i = 0; i < n; i++) trace += raw[i * n + i]!;
  const scaled = Float32Array.from(raw, (x, at) => x / trace + (at % (n + 1) === 0 ? damping : 0));
  const product = jit((a: Tensor) => a.matmul(inverse(a)))(new NDArray(scaled, [n, n], "f32"));
  let worst = 0;
  product.data.forEach((x, at) => {
    worst = Math.max(worst, Math.abs(x - (at % (n + 1) === 0 ? 1 : 0)));
  });
  expect(worst).toBeLessThan(0.1);
});
