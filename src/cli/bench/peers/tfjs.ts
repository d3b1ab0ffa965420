import type { Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs";
import type { Layer } from "../case.ts";
import { serve } from "./serve.ts";
import { type Library, libraryRunner } from "./training.ts";

interface Batch {
  readonly x: Tensor2D;
  /** One-hot, `[batch, classes]`. */
  readonly target: Tensor2D;
  readonly labels: Tensor1D;
}

/** TensorFlow.js on its WebAssembly backend: one thread in Node. */
async function tfjs(): Promise<Library<Batch>> {
  const tf = await import("@tensorflow/tfjs");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend("wasm"))) throw new Error("the WebAssembly backend did not start");
  await tf.ready();

  /** Logits of dense layers; a relu right after one is fused with it, as tf.layers would. */
  const apply = (layers: readonly Layer[], params: readonly Tensor[], x: Tensor2D): Tensor2D => {
    let used = 0;
    let h = x;
    layers.forEach((layer, i) => {
      if (layer.kind === "relu" && layers[i - 1]?.kind === "dense") return;
      if (layer.kind !== "dense") throw new Error(`the layer ${layer.kind} is not written here`);
      const activation = layers[i + 1]?.kind === "relu" ? "relu" : "linear";
      const [b, bias] = params.slice(used, used + 2) as [Tensor2D, Tensor];
      used += 2;
      h = tf.fused.matMul({ a: h, b, bias, activation }) as Tensor2D;
    });
    return h;
  };

  return {
    versions: [`@tensorflow/tfjs ${tf.version.tfjs}`, `wasm ${wasm.version_wasm}`],
    train(network, optimizer, params) {
      if (
        network.layers.some(({ kind }) => kind === "conv2d") &&
        tf.getKernel("Conv2DBackpropFilter", "wasm") === undefined
      ) {
        throw new Error("its WebAssembly backend has no gradient of a convolution's filter");
      }
      const variables: Variable[] = network.layers
        .flatMap((layer) =>
          layer.kind === "dense" ? [[layer.inputs, layer.outputs], [layer.outputs]] : [],
        )
        .map((shape, i) => tf.variable(tf.tensor(params[i] ?? [], shape, "float32")));
      const rule =
        optimizer.kind === "adam"
          ? tf.train.adam(optimizer.learningRate, 0.9, 0.999, 1e-8)
          : tf.train.momentum(optimizer.learningRate, 0.9);
      let last = tf.scalar(0);
      return {
        batch(x, labels) {
          const indices = tf.tensor1d(labels, "int32");
          return {
            x: tf.tensor2d(x, [labels.length, x.length / labels.length]),
            target: tf.tidy(() => tf.oneHot(indices, network.classes).toFloat() as Tensor2D),
            labels: indices,
          };
        },
        release: ({ x, target, labels }) => tf.dispose([x, target, labels]),
        step({ x, target }) {
          const loss = rule.minimize(
            () => tf.losses.softmaxCrossEntropy(target, apply(network.layers, variables, x)),
            true,
            variables,
          );
          last.dispose();
          last = loss as typeof last;
        },
        loss: async () => (await last.data())[0] ?? Number.NaN,
        async correct({ x, labels }) {
          const count = tf.tidy(() =>
            apply(network.layers, variables, x).argMax(1).equal(labels).sum(),
          );
          const [value = Number.NaN] = await count.data();
          count.dispose();
          return value;
        },
        dispose() {
          tf.dispose([last, ...variables]);
          rule.dispose();
        },
      };
    },
  };
}

await serve(async () => libraryRunner(await tfjs()));
