import { expect, test } from "vitest";
import { finish, record } from "../../array/program.ts";
import { compileKernel } from "./compile.ts";

test("code too long for V8 to optimize is cut into functions, though it has few nodes", () => {
  // Vectors of 16 are written out: 40 steps make 70 kB, which ran a hundred times as slow in one function.
  const steps = 40;
  const program = finish(
    record([{ shape: [16], dtype: "f64" }], (x) => {
      let y = x!;
      for (let i = 0; i < steps; i++) y = y.mul(y.sub(0.5)).add(x!);
      return [y, y.sum().mul(y.at(0))];
    }),
  );
  expect(program.nodes.length).toBeLessThan(150);
  const kernel = compileKernel(program);
  expect(kernel.toString().length).toBeLessThan(40_000);
  const x = Float64Array.from({ length: 16 }, (_, i) => i / 60);
  const [y, product] = [new Float64Array(16), new Float64Array(1)];
  kernel(x, y, product);
  const expected = Array.from(x, (xi) => {
    let yi = xi;
    for (let i = 0; i < steps; i++) yi = yi * (yi - 0.5) + xi;
    return yi;
  });
  expect([...y]).toEqual(expected);
  expect(product[0]).toBeCloseTo(expected.reduce((a, b) => a + b, 0) * expected[0]!, 12);
});

test("sums over several rows are not written out row by row", () => {
  // 16 sums of 100 elements: one loop around another.
  const program = finish(
    record([{ shape: [16, 100], dtype: "f64" }], (x) => [x!.square().sum({ axis: 1 })]),
  );
  const kernel = compileKernel(program);
  expect(kernel.toString().length).toBeLessThan(1000);
  const x = Float64Array.from({ length: 1600 }, (_, i) => Math.floor(i / 100));
  const out = new Float64Array(16);
  kernel(x, out);
  expect([...out]).toEqual(Array.from({ length: 16 }, (_, row) => 100 * row * row));
});
