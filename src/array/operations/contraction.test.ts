import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { jit } from "../../runtime/jit.ts";
import { NDArray } from "../ndarray.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { elementAt, indicesOf, randomFrom, sampleArray } from "../testing.ts";
import { dot, einsum, matmul, outer } from "./contraction.ts";

/** 1, 2, 3, … in a shape. */
const counting = (shape: Shape): NDArray =>
  new NDArray(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
    shape,
  );

const product = jit((a: Tensor, b: Tensor) => matmul(a, b));

describe("matmul", () => {
  test("multiplies matrices", () => {
    const a = [
      [1, 2],
      [3, 4],
    ];
    expect(
      product(a, [
        [5, 6],
        [7, 8],
      ]).toArray(),
    ).toEqual([
      [19, 22],
      [43, 50],
    ]);
  });

  test.for([
    [[3], [3], []],
    [[3], [3, 2], [2]],
    [[2, 3], [3], [2]],
    [
      [4, 2, 3],
      [3, 5],
      [4, 2, 5],
    ],
    [[4, 2, 3], [3], [4, 2]],
    [
      [4, 2, 3],
      [4, 3, 5],
      [4, 2, 5],
    ],
    [
      [2, 3],
      [4, 3, 5],
      [4, 2, 5],
    ],
    [[3], [4, 3, 5], [4, 5]],
    [
      [4, 1, 2, 3],
      [6, 3, 5],
      [4, 6, 2, 5],
    ],
    [
      [2, 0],
      [0, 3],
      [2, 3],
    ],
    [
      [0, 2],
      [2, 3],
      [0, 3],
    ],
  ] as const)("%j by %j gives %j, as Σ aᵢⱼbⱼₖ says", ([a, b, shape]) => {
    const [x, y] = [counting(a), counting(b)];
    const found = product(x, y);
    expect(found.shape).toEqual(shape);
    // NumPy's rule: vectors become matrices, leading axes broadcast.
    const wideA = a.length === 1 ? new NDArray(x.data, [1, ...a]) : x;
    const wideB = b.length === 1 ? new NDArray(y.data, [...b, 1]) : y;
    let next = 0;
    const batch = found.shape.slice(
      0,
      shape.length - (a.length > 1 ? 1 : 0) - (b.length > 1 ? 1 : 0),
    );
    const own = (index: readonly number[], { shape: full }: NDArray) =>
      full.slice(0, -2).map((n, i) => (n === 1 ? 0 : index[index.length - (full.length - 2) + i]!));
    const [rows, columns] = [wideA.shape.at(-2)!, wideB.shape.at(-1)!];
    for (const index of indicesOf([...batch, rows, columns])) {
      const lead = index.slice(0, -2);
      let sum = 0;
      for (let k = 0; k < wideA.shape.at(-1)!; k++)
        sum +=
          elementAt(wideA, [...own(lead, wideA), index.at(-2)!, k]) *
          elementAt(wideB, [...own(lead, wideB), k, index.at(-1)!]);
      expect(found.data[next++]).toBe(sum);
    }
    expect(next).toBe(found.size);
  });

  test("takes integers as floats, and plain numbers as what they meet", () => {
    const whole = NDArray.of([[1, 2]], undefined, "i32");
    expect(
      product(
        whole,
        whole.shape.map((n) => [n]),
      ),
    ).toMatchObject({ dtype: "f64" });
    expect(
      jit((x: Tensor) => matmul(x, [[1], [2]]))(NDArray.of([[3, 4]], undefined, "f32")),
    ).toMatchObject({ dtype: "f32", data: Float32Array.of(11) });
  });

  test("a product of transposes needs no transposes", () => {
    const [a, b] = [counting([4, 3]), counting([5, 4])];
    const f = jit((x: Tensor, y: Tensor) => [
      matmul(x.transpose(), y.transpose()),
      matmul(y, x).transpose(),
    ]);
    const [first, second] = f(a, b);
    expect(first!.toArray()).toEqual(second!.toArray());
    expect(first!.data[1]).toBe(1 * 5 + 4 * 6 + 7 * 7 + 10 * 8);
  });
});

test("dot multiplies vectors, outer makes a table of products", () => {
  expect(jit((a: Tensor, b: Tensor) => dot(a, b))([1, 2, 3], [4, 5, 6]).item()).toBe(32);
  expect(jit((a: Tensor, b: Tensor) => dot(a, b))([[1, 2]], [[3], [4]]).toArray()).toEqual([[11]]);
  expect(jit((a: Tensor, b: Tensor) => outer(a, b))([1, 2], [3, 4]).toArray()).toEqual([
    [3, 4],
    [6, 8],
  ]);
});

describe("einsum", () => {
  const naive = (spec: string, operands: readonly NDArray[]): NDArray => {
    const [left = "", result = ""] = spec.split("->");
    const terms = left.split(",");
    const lengths = new Map<string, number>();
    terms.forEach((term, t) => {
      for (const [axis, letter] of [...term].entries())
        lengths.set(letter, operands[t]!.shape[axis]!);
    });
    const shape = [...result].map((letter) => lengths.get(letter)!);
    const inner = [...lengths.keys()].filter((letter) => !result.includes(letter));
    const data = Float64Array.from([...indicesOf(shape)], (index) => {
      let sum = 0;
      for (const rest of indicesOf(inner.map((letter) => lengths.get(letter)!))) {
        const at = (letter: string) =>
          result.includes(letter) ? index[result.indexOf(letter)]! : rest[inner.indexOf(letter)]!;
        sum += terms.reduce((p, term, t) => p * elementAt(operands[t]!, [...term].map(at)), 1);
      }
      return sum;
    });
    return new NDArray(data, shape);
  };

  test.for([
    "ij,jk->ik",
    "ij,kj->ki",
    "bij,bjk->bik",
    "ij->ji",
    "ij->",
    "ij->i",
    "i,i->",
    "i,j->ji",
    "ij,ij->ij",
    "ij,jk->",
    "bi,bj->bji",
    "ij,j->i",
    "abc,cb->ba",
    "i,ijk->kj",
    " i j , j -> i ",
  ])("%s", (spec) => {
    const plain = spec.replaceAll(" ", "");
    const terms = plain.split("->")[0]!.split(",");
    const next = randomFrom(3);
    const operands = terms.map((term) =>
      sampleArray(
        next,
        [...term].map((letter) => 2 + (letter.charCodeAt(0) % 4)),
      ),
    );
    const found = jit((...x: readonly Tensor[]) => einsum(spec, ...x))(...operands);
    const wanted = naive(plain, operands);
    expect(found.shape).toEqual(wanted.shape);
    expect(Array.from(found.data)).toEqual(Array.from(wanted.data, (v) => expect.closeTo(v, 12)));
  });

  const letters = fc.uniqueArray(fc.constantFrom(..."abcd"), { minLength: 1, maxLength: 4 });
  property.prop([letters, letters, fc.nat(), fc.nat(15)], { numRuns: 150 })(
    "any two operands, any result",
    (left, right, order, kept) => {
      const all = [...new Set([...left, ...right])];
      const chosen = all.filter((_, i) => ((kept >> i) & 1) === 1);
      const result = chosen.map((_, i) => chosen[(i + order) % chosen.length]!).join("");
      const spec = `${left.join("")},${right.join("")}->${result}`;
      const next = randomFrom(order);
      const length = (letter: string): number => 1 + (letter.charCodeAt(0) % 3);
      const operands = [left, right].map((term) => sampleArray(next, term.map(length)));
      const found = jit((a: Tensor, b: Tensor) => einsum(spec, a, b))(operands[0]!, operands[1]!);
      const wanted = naive(spec, operands);
      expect(found.shape).toEqual(wanted.shape);
      expect(Array.from(found.data)).toEqual(Array.from(wanted.data, (v) => expect.closeTo(v, 11)));
    },
  );
});
