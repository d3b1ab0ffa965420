import { describe, expect, expectTypeOf, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import { gnvp, grad, hessian, hvp, jacobian, jvp, valueAndGrad, vjp, vmap } from "./eager.ts";
import { jit } from "./jit.ts";

/** x³ summed: gradient 3x², Hessian diag(6x). */
const cubes = (x: Tensor): Tensor => x.pow(3).sum();
/** (x₀x₁, x₀ + x₁). */
const pair = (x: Tensor): { product: Tensor; sum: Tensor } => ({
  product: x.at(0).mul(x.at(1)),
  sum: x.sum(),
});

describe("called with arrays, outside a traced function", () => {
  test("grad and valueAndGrad answer with arrays, typed or not", () => {
    const found = grad(cubes)([1, 2, -1]);
    expectTypeOf(found).toEqualTypeOf<NDArray>();
    expect(found).toEqual(new NDArray(Float64Array.of(3, 12, 3), [3]));
    const { value, gradient } = valueAndGrad(cubes)(Float32Array.of(1, 2));
    expect([value.item(), [...gradient.data], gradient.dtype]).toEqual([9, [3, 12], "f32"]);
  });

  test("grad takes trees and further arguments", () => {
    const line = ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor): Tensor => x.mul(w).add(b).sum();
    const found = grad(line)({ w: 2, b: 1 }, [1, 2, 3]);
    expectTypeOf(found).toEqualTypeOf<{ readonly w: NDArray; readonly b: NDArray }>();
    expect([found.w.item(), found.b.item()]).toEqual([6, 3]);
  });

  test("hessian, jacobian and vmap", () => {
    expect(hessian(cubes)([1, 2]).toArray()).toEqual([
      [6, 0],
      [0, 12],
    ]);
    const { product, sum } = jacobian(pair)([3, 5]);
    expect([product.toArray(), sum.toArray()]).toEqual([
      [5, 3],
      [1, 1],
    ]);
    const batch = [
      [1, 2],
      [3, 4],
    ];
    expect(vmap(cubes)(batch).toArray()).toEqual([9, 91]);
  });

  test("hvp, gnvp, jvp and vjp", () => {
    expect(hvp(cubes, [1, 2], [1, 1]).toArray()).toEqual([6, 12]);
    const square = (x: Tensor): Tensor => x.square().sum();
    // J = diag(2x), the loss's Hessian 2: Jᵀ·2·J·v = 8x²v.
    expect(gnvp((x: Tensor) => x.square(), square, [1, 2], [1, 1]).toArray()).toEqual([8, 32]);
    const pushed = jvp(pair, [3, 5], [1, 0]);
    expect([pushed.value.product.item(), pushed.tangent.product.item()]).toEqual([15, 5]);
    const { value, pull } = vjp(pair, [3, 5]);
    expect(value.sum.item()).toBe(8);
    expect(pull({ product: 1, sum: 10 }).toArray()).toEqual([15, 13]);
  });

  test("a function that reads a variable is read anew at each call", () => {
    let factor = 2;
    const g = grad((x: Tensor) => x.mul(factor).sum());
    expect(g([1]).item()).toBe(2);
    factor = 3;
    expect(g([1]).item()).toBe(3);
  });

  test("derivatives of derivatives", () => {
    const second = grad((x: Tensor) => grad(cubes)(x).sum());
    expect(second([1, 2]).toArray()).toEqual([6, 12]);
  });

  test("what cannot be differentiated is refused", () => {
    expect(() => grad((x: Tensor) => x.mul(2))([1, 2])).toThrow(/returned an array of shape \[2\]/);
    expect(() => grad(cubes)(Int32Array.of(1))).toThrow(/dtype i32/);
  });
});

describe("inside a traced function", () => {
  test("they record, and jit compiles them", () => {
    const compiled = jit(grad(cubes));
    expect(compiled([1, 2]).toArray()).toEqual([3, 12]);
    expect(jit((x: Tensor) => hvp(cubes, x, x))([1, 2]).toArray()).toEqual([6, 24]);
  });

  test("they refuse arrays alone, and take them beside tensors", () => {
    const scaled = (a: Tensor) => (x: Tensor) => x.mul(a).sum();
    expect(() => jit((a: Tensor) => a.add(grad(scaled(a))([1, 2])))([5, 7])).toThrow(
      /^grad: called with numbers inside a traced function\n.*\n.*array\(\[1, 2\]\)/,
    );
    expect(jit((a: Tensor) => grad(scaled(a))(array([1, 2])))([5, 7]).toArray()).toEqual([5, 7]);
    expect(jit((x: Tensor) => hvp(cubes, x, x.mul(0).add([1, 0])))([1, 2]).toArray()).toEqual([
      6, 0,
    ]);
  });
});
