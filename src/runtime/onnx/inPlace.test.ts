import { describe, expect, test } from "vitest";
import { GraphBuilder } from "./graphBuilder.ts";
import { overwritable } from "./inPlace.ts";

/** A graph of square matrices `a`, `b`, with one output. */
function graphOf(build: (graph: GraphBuilder) => string): readonly [GraphBuilder, string] {
  const graph = new GraphBuilder();
  for (const name of ["a", "b"]) graph.input(name, "f32", [4, 4]);
  return [graph, graph.output(build(graph), "f32", [4, 4])];
}

describe("an output may be written over an input", () => {
  test.for<[string, (graph: GraphBuilder) => string]>([
    ["that is read by the output's own node", (g) => g.node("Add", ["a", "b"])],
    [
      "that is read by nodes which the output's waits for",
      (g) => g.node("Add", [g.node("Mul", ["a", "a"]), g.node("Mul", ["a", "b"])]),
    ],
    ["that a product is added to", (g) => g.node("Gemm", ["b", "b", "a"], { beta: 0.9 })],
    ["that nobody reads", (g) => g.node("Relu", ["b"])],
  ])("%s", ([, build]) => {
    const [graph, output] = graphOf(build);
    expect(overwritable(graph, "a", output)).toBe(true);
  });
});

describe("an output may not be written over an input", () => {
  test.for<[string, (graph: GraphBuilder) => string]>([
    [
      "that a node reads which the output's does not wait for",
      (g) => {
        g.output(g.node("Mul", ["a", "b"]), "f32", [4, 4]);
        return g.node("Add", ["a", "b"]);
      },
    ],
    ["whose rows a product reads again and again", (g) => g.node("Gemm", ["a", "b"])],
    ["that a product multiplies and adds", (g) => g.node("Gemm", ["a", "b", "a"])],
    [
      "whose memory another value may share",
      (g) => {
        const view = g.node("Reshape", ["a", g.integers([4, 4])]);
        return g.node("Add", [view, "b"]);
      },
    ],
    [
      "whose reader may be fused into a product elsewhere",
      (g) => {
        const scaled = g.node("Mul", ["a", g.scalar(2, "f32")]);
        g.output(g.node("MatMul", [scaled, "b"]), "f32", [4, 4]);
        return g.node("Add", [scaled, "b"]);
      },
    ],
    ["if it is that input itself", () => "a"],
  ])("%s", ([, build]) => {
    const [graph, output] = graphOf(build);
    expect(overwritable(graph, "a", output)).toBe(false);
  });
});
