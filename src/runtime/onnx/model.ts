import { internal } from "../../base/errors.ts";
import { WireWriter } from "../../base/wireWriter.ts";
import { onnxDtypes } from "./dtypes.ts";
import { type Attribute, GraphBuilder, type Initializer, type TypedValue } from "./graphBuilder.ts";

const irVersion = 10;
const opsetVersion = 21;

/** `AttributeProto.AttributeType`. */
const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, floats: 6, ints: 7 } as const;

// In JavaScript 1 and 1.0 are one number; in ONNX the attribute's name says which is meant.
const floatAttributes: ReadonlySet<string> = new Set([
  "activation_params",
  "alpha",
  "beta",
  "cubic_coeff_a",
  "epsilon",
  "extrapolation_value",
  "gamma",
  "momentum",
  "value_float",
  "value_floats",
]);

/**
 * A graph as a model in ONNX's file format: opset 21, IR version 10. The numbers are the fields of
 * ONNX's published schema, onnx.proto.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function writeModel(graph: GraphBuilder): Uint8Array {
  if (graph.isSubgraph) throw internal("a subgraph is not a model");
  const wire = new WireWriter();
  wire.int(1, irVersion);
  wire.string(2, "nadir");
  wire.message(7, () => {
    writeGraph(wire, graph, "nadir");
    for (const initializer of graph.initializers) writeInitializer(wire, initializer);
  });
  for (const domain of graph.domains) {
    wire.message(8, () => {
      wire.string(1, domain);
      wire.int(2, domain === "" ? opsetVersion : 1);
    });
  }
  return wire.finish();
}

/** GraphProto. */
function writeGraph(wire: WireWriter, graph: GraphBuilder, name: string): void {
  for (const { op, domain, inputs, outputs, attributes } of graph.nodes) {
    wire.message(1, () => {
      for (const input of inputs) wire.string(1, input);
      for (const output of outputs) wire.string(2, output);
      wire.string(3, outputs[0] ?? op);
      wire.string(4, op);
      for (const [key, value] of Object.entries(attributes)) {
        wire.message(5, () => writeAttribute(wire, key, value));
      }
      if (domain !== "") wire.string(7, domain);
    });
  }
  wire.string(2, name);
  for (const input of graph.inputs) wire.message(11, () => writeValueInfo(wire, input));
  for (const output of graph.outputs) wire.message(12, () => writeValueInfo(wire, output));
}

/** AttributeProto. */
function writeAttribute(wire: WireWriter, name: string, value: Attribute): void {
  wire.string(1, name);
  const isFloat = floatAttributes.has(name);
  if (typeof value === "string") {
    wire.string(4, value);
    wire.int(20, attributeTypes.string);
  } else if (value instanceof GraphBuilder) {
    wire.message(6, () => writeGraph(wire, value, name));
    wire.int(20, attributeTypes.graph);
  } else if (typeof value === "number") {
    if (isFloat) wire.float(2, value);
    else wire.int(3, whole(name, value));
    wire.int(20, isFloat ? attributeTypes.float : attributeTypes.int);
  } else {
    for (const x of value) {
      if (isFloat) wire.float(7, x);
      else wire.int(8, whole(name, x));
    }
    wire.int(20, isFloat ? attributeTypes.floats : attributeTypes.ints);
  }
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw internal(`the ONNX attribute ${name} is ${value}, and is not listed as a float`);
}

/** TensorProto, in a graph's list of initialisers. */
function writeInitializer(wire: WireWriter, { name, dtype, shape, bytes }: Initializer): void {
  wire.message(5, () => {
    for (const size of shape) wire.int(1, size);
    wire.int(2, onnxDtypes[dtype].code);
    wire.string(8, name);
    wire.bytes(9, bytes);
  });
}

/** ValueInfoProto of a tensor; a size below zero is left open. */
function writeValueInfo(wire: WireWriter, { name, dtype, shape }: TypedValue): void {
  wire.string(1, name);
  wire.message(2, () =>
    wire.message(1, () => {
      wire.int(1, onnxDtypes[dtype].code);
      wire.message(2, () => {
        for (const size of shape)
          wire.message(1, () => {
            if (size >= 0) wire.int(1, size);
          });
      });
    }),
  );
}
