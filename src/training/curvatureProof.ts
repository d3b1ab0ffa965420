import { type Definiteness, type Proof, proveCurvature, type Role } from "../analysis/curvature.ts";
import { everything, type Range } from "../analysis/range.ts";
import { strongConvexity } from "../analysis/strongConvexity.ts";
import { allocate } from "../array/dtype.ts";
import { reshape, slice } from "../array/operations/shaping.ts";
import { finish, type Program, reachable, record, replay } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { hessian } from "../autodiff/jacobian.ts";
import type { Vector } from "../linalg/ask.ts";
import { symmetricEigen } from "../linalg/symmetricEigen.ts";
import { compileKernel } from "../runtime/js/compile.ts";

/** Unknowns up to which a quadratic function's Hessian is computed to decide it. */
const quadraticUpTo = 200;
/** Nodes decided that way in one proof: each takes a compilation and an eigen-decomposition. */
const quadraticNodes = 8;

/** A proof, and what follows from it for the distance to the minimum. */
export interface FlatProof extends Proof {
  /** μ for each unknown such that f − ½Σ μᵢxᵢ² is convex: zeros where none is known; left out unless f is proved convex. */
  readonly moduli?: Float64Array;
}

/** What can be proved of a function of one flat vector: see `proveCurvature`. */
export function proveFlat(program: Program): FlatProof {
  const size = program.inputs[0]!.size;
  const quadratics = new Map<Tensor, Float64Array>();
  const proof = proveCurvature(program, [{ kind: "variable" }], decider(program, quadratics));
  if (proof.bend !== "convex") return proof;
  const [output] = program.outputs;
  const own = quadratics.get(output!);
  const moduli =
    own === undefined
      ? strongConvexity(output!, size, proof.of, (selection) => positionsOf(program, selection))
      : new Float64Array(size).fill(own[0]! - eigenvalueError(own, program.inputs[0]!.dtype));
  return moduli === undefined ? proof : { ...proof, moduli };
}

/**
 * What can be proved of some leaves of a tree, the others being fixed at values of which nothing is known.
 *
 * @param variable - for each leaf, whether it varies
 * @param fixed - ranges of the inputs after the leaves, which are data
 */
export function proveBlock(
  program: Program,
  variable: readonly boolean[],
  fixed: readonly Range[],
): Proof {
  const roles = variable.map(
    (isVariable): Role =>
      isVariable ? { kind: "variable" } : { kind: "constant", range: everything },
  );
  const data = fixed.map((range): Role => ({ kind: "constant", range }));
  return proveCurvature(program, [...roles, ...data]);
}

/** How far an eigenvalue must lie from 0 to have its sign believed: far beyond what rounding does to a Hessian. */
function eigenvalueError(values: Float64Array, dtype: string): number {
  const scale = Math.max(Math.abs(values[0]!), Math.abs(values[values.length - 1]!));
  return (dtype === "f32" ? 1e-4 : 1e-10) * scale;
}

/** Decides quadratic nodes by the eigenvalues of their Hessian, beyond the rounding error; keeps the eigenvalues. */
function decider(
  program: Program,
  found: Map<Tensor, Float64Array>,
): (node: Tensor) => Definiteness {
  const size = program.inputs.reduce((sum, input) => sum + input.size, 0);
  let left = size <= quadraticUpTo ? quadraticNodes : 0;
  return (node) => {
    if (left-- <= 0) return "undecided";
    const values = quadraticEigenvalues(program, node, size);
    const error = eigenvalueError(values, program.inputs[0]!.dtype);
    found.set(node, values);
    if (values[0]! >= error && values[0]! > 0) return "positive";
    return values[size - 1]! <= -error && values[size - 1]! < 0 ? "negative" : "undecided";
  };
}

function quadraticEigenvalues(program: Program, node: Tensor, size: number): Float64Array {
  const part = {
    inputs: program.inputs,
    outputs: [node],
    nodes: reachable([node], program.inputs),
  };
  const flat = (x: Tensor): Tensor => {
    let offset = 0;
    const leaves = program.inputs.map(({ shape, size: own }) => {
      offset += own;
      return reshape(slice(x, [offset - own, offset]), shape);
    });
    return reshape(replay(part, x.graph, leaves)[0]!, []);
  };
  const dtype = program.inputs[0]!.dtype;
  const traced = finish(record([{ shape: [size], dtype }], (x) => [hessian(flat)(x!) as Tensor])); // of one array it is one array
  const matrix = allocate(dtype, size * size);
  compileKernel(traced)(allocate(dtype, size), matrix);
  return symmetricEigen(Float64Array.from(matrix), size).values.slice();
}

/** Which elements of the program's first input a selection picks: it, applied to 0, 1, 2, … */
export function positionsOf(program: Program, selection: Tensor): Vector {
  const inputs = program.inputs.slice(0, 1);
  const part = { inputs, outputs: [selection], nodes: reachable([selection], inputs) };
  const [input] = inputs;
  const traced = finish(record([input!], (x) => replay(part, x!.graph, [x!])));
  const numbers = allocate(input!.dtype, input!.size);
  for (let i = 0; i < numbers.length; i++) numbers[i] = i;
  const picked = allocate(input!.dtype, selection.size);
  compileKernel(traced)(numbers, picked);
  return Float64Array.from(picked);
}
