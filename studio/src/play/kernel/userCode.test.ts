import { describe, expect, test } from "vitest";
import { checkLoss } from "./race.ts";
import { CodeError, problemOf, readLoss } from "./userCode.ts";

/** What is told of a text that cannot be used. */
function problemIn(code: string) {
  try {
    checkLoss(readLoss(code));
  } catch (error) {
    return problemOf(error);
  }
  throw new Error("nothing was wrong");
}

describe("a typed function", () => {
  test("is what the file exports by default, or as f, with its start", () => {
    const code = `import { sub, type Tensor } from "nadir";
      const one: number = 1;
      export const f = (x: Tensor): Tensor => sub(one, x).square().sum();
      export const x0 = [3, 4] as const;`;
    const loss = readLoss(code);
    expect(loss.start).toEqual([3, 4]);
    expect(() => checkLoss(loss)).not.toThrow();
  });

  test.for([
    ["a syntax error", "const a = 1;\nlet b = ;", 2, /Unexpected token/],
    [
      "a call of nothing",
      "export default (p) => {\n\n  return p.zork();\n};",
      3,
      /zork is not a function/,
    ],
    [
      "an error of nadir's",
      "export default (p) =>\n  p.at(0)\n    .add(p.at(7));",
      3,
      /no element \[7\]/,
    ],
    ["an error at once", "const a = 1;\nthrow new RangeError('no');", 2, /RangeError: no/],
    ["a name that is not there", "export default (p) =>\n  q.sum();", 2, /q is not defined/],
    [
      "a word that nadir gives no one here",
      'import { fit } from "nadir";\nexport default (p) =>\n  fit(p);',
      3,
      /gives no fit here/,
    ],
    [
      "a start off the plane",
      "export default (p) => p.sum();\nexport const x0 = [1];",
      2,
      /no point/,
    ],
  ] as const)("is told on its line of %s", ([, code, line, summary]) => {
    const problem = problemIn(code);
    expect(problem.summary).toMatch(summary);
    expect(problem.line).toBe(line);
  });

  test("is told what was expected, and what to try", () => {
    const problem = problemIn("export default (p) => p.add([1, 2, 3]).sum();");
    expect(problem).toMatchObject({ code: "add/shape", line: 1 });
    expect(problem.expected).toContain("equal or 1");
    expect(problem.hint).toContain("expandDims");
  });

  test.for([
    ["export const x0 = [1, 2];", /no function/],
    ["export default (p) => p;", /shape \[2\]/],
    ['import "node:fs";', /no "node:fs"/],
    ["throw 3;", /threw 3/],
  ] as const)("%s is refused: %s", ([code, summary]) => {
    expect(problemIn(code).summary).toMatch(summary);
  });

  test("keeps its own line where a problem has one", () => {
    expect(problemOf(new CodeError({ summary: "so", line: 9 })).line).toBe(9);
  });
});
