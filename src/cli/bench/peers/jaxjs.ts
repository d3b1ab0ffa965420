import { readFile } from "node:fs/promises";
import type { numpy } from "@jax-js/jax";
import { type Layer, parametersOf } from "../case.ts";
import { serve } from "./serve.ts";
import { type Library, libraryRunner } from "./training.ts";

type JaxArray = numpy.Array;

interface Batch {
  readonly x: JaxArray;
  /** One-hot, `[batch, classes]`. */
  readonly target: JaxArray;
  readonly labels: JaxArray;
}

/**
 * jax-js on its WebAssembly backend: one thread in Node, which has no web workers. The whole step is
 * jitted. A jax-js function consumes its arguments; `.ref` keeps one for later.
 */
async function jaxjs(): Promise<Library<Batch>> {
  const {
    defaultDevice,
    init,
    jit,
    lax,
    nn,
    numpy: np,
    valueAndGrad,
  } = await import("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");

  /** Logits, and the batch means and variances that batch norm remembers. */
  const apply = (layers: readonly Layer[], params: readonly JaxArray[], x: JaxArray) => {
    let used = 0;
    const take = (): JaxArray => params[used++]!;
    const statistics: JaxArray[] = [];
    const go = (h: JaxArray, layer: Layer): JaxArray => {
      switch (layer.kind) {
        case "dense":
          return np.dot(h, take()).add(take());
        case "relu":
          return nn.relu(h);
        case "flatten":
          return h.reshape([h.shape[0]!, -1]);
        case "globalAveragePool":
          return np.mean(h, [2, 3]);
        case "maxPool": {
          const [batch = 0, channels = 0, height = 0, width = 0] = h.shape;
          const { size } = layer;
          const windows = [batch, channels, height / size, size, width / size, size];
          return np.max(h.reshape(windows), [3, 5]);
        }
        case "conv2d": {
          const pad: [number, number] = [(layer.kernel - 1) / 2, (layer.kernel - 1) / 2];
          const out = lax.convGeneralDilated(h, take(), [1, 1], [pad, pad]);
          return layer.bias ? out.add(take().reshape([1, -1, 1, 1])) : out;
        }
        case "batchNorm": {
          const mean = np.mean(h.ref, [0, 2, 3], { keepdims: true });
          const centered = h.sub(mean.ref);
          const variance = np.mean(np.square(centered.ref), [0, 2, 3], { keepdims: true });
          statistics.push(lax.stopGradient(mean), lax.stopGradient(variance.ref));
          const unit = centered.div(np.sqrt(variance.add(1e-5)));
          return unit.mul(take().reshape([1, -1, 1, 1])).add(take().reshape([1, -1, 1, 1]));
        }
        case "residual":
          return layer.layers.reduce(go, h.ref).add(h);
      }
    };
    return { logits: layers.reduce(go, x), statistics };
  };

  return {
    versions: [`@jax-js/jax ${await installedVersion()}`],
    train(network, optimizer, initial) {
      const { layers } = network;
      const { learningRate } = optimizer;
      const shapes = parametersOf(layers).map(({ shape }) => [...shape]);
      const zeros = (): JaxArray[] => shapes.map((shape) => np.zeros(shape));

      const lossOf = (
        params: JaxArray[],
        x: JaxArray,
        target: JaxArray,
      ): [JaxArray, JaxArray[]] => {
        const { logits, statistics } = apply(layers, params, x);
        const count = target.shape[0] ?? 1;
        return [
          nn
            .logSoftmax(logits)
            .mul(target)
            .sum()
            .mul(-1 / count),
          statistics,
        ];
      };

      const step = jit((state: State, x: JaxArray, target: JaxArray) => {
        const kept = state.params.map((param) => param.ref);
        const [[loss, statistics], gradients] = valueAndGrad(lossOf, { hasAux: true })(
          kept,
          x,
          target,
        );
        const running = state.running.map((old, i) => old.mul(0.9).add(statistics[i]!.mul(0.1)));
        if (optimizer.kind === "momentum") {
          state.rate.dispose();
          state.root.dispose();
          const first = state.first.map((old, i) => old.mul(0.9).add(gradients[i]!));
          const params = state.params.map((p, i) => p.sub(first[i]!.ref.mul(learningRate)));
          return { params, first, second: [] as JaxArray[], running, loss };
        }
        const first = state.first.map((old, i) => old.mul(0.9).add(gradients[i]!.ref.mul(0.1)));
        const second = state.second.map((old, i) =>
          old.mul(0.999).add(np.square(gradients[i]!).mul(0.001)),
        );
        const params = state.params.map((p, i) =>
          p.sub(
            first[i]!.ref.mul(state.rate.ref).div(
              np.sqrt(second[i]!.ref).mul(state.root.ref).add(1e-8),
            ),
          ),
        );
        state.rate.dispose();
        state.root.dispose();
        return { params, first, second, running, loss };
      });

      const correct = jit((params: JaxArray[], x: JaxArray, labels: JaxArray) =>
        np
          .argmax(apply(layers, params, x).logits, 1)
          .equal(labels)
          .astype(np.float32)
          .sum(),
      );

      let params = initial.map((values, i) => np.array(values).reshape(shapes[i] ?? []));
      let first = zeros();
      let second = optimizer.kind === "adam" ? zeros() : [];
      let running = normFeatures(layers).flatMap((features) => [
        np.zeros([1, features, 1, 1]),
        np.ones([1, features, 1, 1]),
      ]);
      let loss = np.array(0);
      let count = 0;
      return {
        batch(x, labels) {
          const indices = np.array(labels);
          return {
            x: np.array(x).reshape([labels.length, ...network.input]),
            target: nn.oneHot(indices.ref, network.classes),
            labels: indices,
          };
        },
        release: ({ x, target, labels }) => {
          for (const array of [x, target, labels]) array.dispose();
        },
        step({ x, target }) {
          count++;
          // Adam's two bias corrections: the rate over 1 − β₁ᵗ, and what scales √v.
          const rate = np.array(learningRate / (1 - 0.9 ** count));
          const root = np.array(1 / Math.sqrt(1 - 0.999 ** count));
          loss.dispose();
          const state = { params, first, second, running, rate, root };
          ({ params, first, second, running, loss } = step(state, x.ref, target.ref));
          // Each step waits: jax-js queues kernels, and a queue of k steps takes time in proportion to k².
          loss.ref.dataSync();
        },
        loss: async () => loss.ref.dataSync()[0] ?? Number.NaN,
        async correct({ x, labels }) {
          const kept = params.map((param) => param.ref);
          return (await correct(kept, x.ref, labels.ref).data())[0] ?? Number.NaN;
        },
        dispose() {
          for (const array of [...params, ...first, ...second, ...running, loss]) array.dispose();
          step.dispose();
          correct.dispose();
        },
      };
    },
  };
}

type State = {
  params: JaxArray[];
  first: JaxArray[];
  second: JaxArray[];
  running: JaxArray[];
  rate: JaxArray;
  root: JaxArray;
};

/** Features of each batch norm, in the order that it is applied. */
function normFeatures(layers: readonly Layer[]): number[] {
  return layers.flatMap((layer) =>
    layer.kind === "batchNorm"
      ? [layer.features]
      : layer.kind === "residual"
        ? normFeatures(layer.layers)
        : [],
  );
}

async function installedVersion(): Promise<string> {
  const entry = import.meta.resolve("@jax-js/jax");
  const file = new URL("../package.json", entry);
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}

await serve(async () => libraryRunner(await jaxjs()));
