import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../runs/testing.ts";
import { nadir } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let saddle: string;

beforeAll(async () => {
  // A saddle of Himmelblau's function, to six digits.
  const words = ["x0=[-0.127961,-1.953715]", "method=lbfgs", "tolerance=1e-3", "--json"];
  const { stdout } = await nadir(["minimize", "himmelblau", ...words], folder);
  const told = JSON.parse(stdout);
  expect(told.verdict.kind).toBe("saddle");
  saddle = told.id;
});

describe("nadir escape", () => {
  test("--both goes either way, to another minimum each, and compares them", async () => {
    const { exit, stdout, stderr } = await nadir(["escape", saddle, "--both", "--json"], folder);
    expect(exit).toBe(0);
    expect(stderr).toMatch(/along the direction\n[\s\S]*against the direction\n/);
    const { schema, from, runs, failed, comparison } = JSON.parse(stdout);
    expect([schema, from, failed]).toEqual(["nadir.escape/1", saddle, []]);
    const ends = runs.map(({ x }: { x: number[] }) => x.map((entry) => Math.round(entry)));
    expect(ends.sort()).toEqual([
      [-4, -3],
      [4, -2],
    ]);
    expect(
      runs.map(({ parent, change }: { parent: string; change: { to: string } }) => [
        parent,
        change.to,
      ]),
    ).toEqual([
      [saddle, `beside the saddle of ${saddle}, along its direction`],
      [saddle, `beside the saddle of ${saddle}, against its direction`],
    ]);
    expect(comparison).toMatchObject({ schema: "nadir.comparison/1", groups: [{}, {}] });
    const text = await nadir(["escape", saddle, "--both"], folder);
    expect(text.stdout.match(/∪ minimum {3}‖g‖/g)).toHaveLength(2);
    expect(text.stdout).toMatch(/baseline/);
  });

  test("--side goes one way", async () => {
    const [one, other] = await Promise.all(
      ["along", "against"].map((side) =>
        nadir(["escape", saddle, "--side", side, "--json"], folder),
      ),
    );
    expect(JSON.parse(one!.stdout).x).not.toEqual(JSON.parse(other!.stdout).x);
    const both = await nadir(["escape", saddle, "--side", "along", "--both"], folder);
    expect([both.exit, both.stderr]).toEqual([2, expect.stringMatching(/--both beside --side/)]);
  });
});
