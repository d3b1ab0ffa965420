import { expect, test } from "vitest";
import { NDArray, type NestedNumbers } from "../array/ndarray.ts";
import { softmax } from "../array/operations/reduction.ts";
import { concat } from "../array/operations/shaping.ts";
import type { Tensor } from "../array/tensor.ts";
import { grad, hvp, valueAndGrad } from "../autodiff/grad.ts";
import { hessian } from "../autodiff/jacobian.ts";
import { symmetricEigen } from "../linalg/symmetricEigen.ts";
import { jit } from "../runtime/jit.ts";
import type { Layer, None } from "./layer.ts";
import { elu, gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from "./layers/activations.ts";
import { batchNorm } from "./layers/batchNorm.ts";
import { conv2d } from "./layers/conv2d.ts";
import { dense } from "./layers/dense.ts";
import { embedding } from "./layers/embedding.ts";
import { flatten } from "./layers/flatten.ts";
import { layerNorm } from "./layers/layerNorm.ts";
import { avgPool, maxPool } from "./layers/pooling.ts";
import { residual } from "./layers/residual.ts";
import { crossEntropy } from "./losses/crossEntropy.ts";
import { huber, mse } from "./losses/regression.ts";
import golden from "./networks.golden.json" with { type: "json" };
import { sequential } from "./sequential.ts";
import { expectClose, expectTreesClose, flatNumbers } from "./testing.ts";

type Arrays = Readonly<Record<string, NestedNumbers>>;
type Tensors = Readonly<Record<string, Tensor>>;

interface Case {
  readonly key: string;
  readonly inputs: Arrays;
  readonly params: Arrays;
  readonly loss: number;
  readonly grads: Arrays;
  readonly hvp: readonly { readonly v: Arrays; readonly Hv: Arrays }[];
  readonly output?: NestedNumbers;
  readonly features?: NestedNumbers;
  readonly attention?: NestedNumbers;
  readonly gradInput?: NestedNumbers;
  readonly runningMeanAfter?: NestedNumbers;
  readonly runningVarAfter?: NestedNumbers;
  readonly hessEigTop5?: readonly number[];
  readonly hessEigBottom5?: readonly number[];
  readonly hessTrace?: number;
  readonly hessFrobenius?: number;
}

/** What a network of the golden file computes, in nadir's own layers and losses. */
interface Computed {
  readonly loss: Tensor;
  readonly output?: Tensor;
  readonly features?: Tensor;
  readonly attention?: Tensor;
  readonly runningMeanAfter?: Tensor;
  readonly runningVarAfter?: Tensor;
}
type Network = (params: Tensors, x: Tensor, inputs: Arrays) => Computed;

const cases: readonly Case[] = golden.networks;

const integers = (values: NestedNumbers | undefined): Int32Array =>
  Int32Array.from(flatNumbers(values ?? []));

/** The golden file has weights `[out, in]`. */
const denseOf = (weight: Tensor, bias?: Tensor) =>
  bias === undefined ? { weight: weight.transpose() } : { weight: weight.transpose(), bias };

const activations: Readonly<Record<string, Layer<None, None>>> = {
  relu: relu(),
  tanh: tanh(),
  sigmoid: sigmoid(),
  gelu: gelu(),
  geluTanh: gelu({ form: "tanh" }),
  softplus: softplus(),
  elu: elu(),
  silu: silu(),
  leakyRelu: leakyRelu(0.1),
};

const mlp: (activation: Layer<None, None>, loss: string) => Network =
  (activation, loss) =>
  ({ W1, b1, W2, b2, W3, b3 }, x, inputs) => {
    const model = sequential(dense(4), activation, dense(3), activation, dense(3));
    const params = [denseOf(W1!, b1), {}, denseOf(W2!, b2), {}, denseOf(W3!, b3)] as const;
    const output = model.apply(params, x);
    switch (loss) {
      case "ce":
        return { output, loss: crossEntropy(output, integers(inputs["labels"])) };
      case "mse":
        return { output, loss: mse(output, inputs["Y"]!) };
      default:
        return { output, loss: huber(output, inputs["Y"]!, { delta: 0.5 }) };
    }
  };

const convolutional: Network = ({ K, kb, W, b }, x, inputs) => {
  const [stride, padding, window, step] = ["stride", "padding", "poolKernel", "poolStride"].map(
    (name) => Number(inputs[name]),
  );
  const pool = cases.find((c) => c.inputs === inputs)!.key.includes("max") ? maxPool : avgPool;
  const front = sequential(
    conv2d(3, 3, { stride: stride!, padding: padding! }),
    relu(),
    pool(window!, { stride: step! }),
  );
  const features = front.apply([{ filter: K!, bias: kb! }, {}, {}], x);
  const scores = sequential(flatten(), dense(2)).apply([{}, denseOf(W!, b)], features);
  return { features, loss: crossEntropy(scores, integers(inputs["labels"])) };
};

const normalised: (training: boolean, act: (x: Tensor) => Tensor) => Network =
  (training, act) =>
  ({ gamma, beta }, x, inputs) => {
    const model = sequential(batchNorm({ momentum: 0.1, epsilon: Number(inputs["eps"]) }));
    const channels = gamma!.shape[0]!;
    const numbers = (name: string, other: number): Tensor =>
      gamma!.mul(0).add(inputs[name] ?? Array<number>(channels).fill(other));
    const state = [
      { mean: numbers("runningMean", 0), variance: numbers("runningVar", 1) },
    ] as const;
    const result = model.run([{ scale: gamma!, shift: beta! }], x, {
      training,
      key: undefined,
      state,
    });
    const [{ mean, variance }] = result.state;
    return {
      output: result.output,
      runningMeanAfter: mean,
      runningVarAfter: variance,
      loss: mse(act(result.output), inputs["Y"]!),
    };
  };

/** Those that are no perceptron, by their key. */
const networks: Readonly<Record<string, Network>> = {
  "conv-maxpool-s1-p1-6": convolutional,
  "conv-avgpool-s2-p1-8": convolutional,
  "conv-maxpool-s2-p0-8": convolutional,
  "batchnorm1d-train": normalised(true, (x) => x.tanh()),
  "batchnorm1d-eval": normalised(false, (x) => x.tanh()),
  "batchnorm2d-train": normalised(true, (x) => x),
  layernorm: ({ gamma, beta }, x, inputs) => {
    const model = sequential(layerNorm({ epsilon: Number(inputs["eps"]) }));
    const output = model.apply([{ scale: gamma!, shift: beta! }], x);
    return { output, loss: mse(output.tanh(), inputs["Y"]!) };
  },
  // The mask is given here: dropout's own draws are tested beside the layer.
  dropout: ({ W1, b1, W2, b2 }, x, inputs) => {
    const hidden = sequential(dense(5), relu()).apply([denseOf(W1!, b1), {}], x);
    const dropped = hidden.mul(inputs["mask"]!).div(1 - Number(inputs["p"]));
    const scores = sequential(dense(2)).apply([denseOf(W2!, b2)], dropped);
    return { loss: crossEntropy(scores, integers(inputs["labels"])) };
  },
  residual: ({ W1, b1, W2, b2 }, x, inputs) => {
    const model = sequential(residual(dense(4), relu(), dense(3)), relu());
    const branch = [denseOf(W1!, b1), {}, denseOf(W2!, b2)] as const;
    const output = model.apply([{ branch, shortcut: {} }, {}], x);
    return { output, loss: mse(output, inputs["Y"]!) };
  },
  embedding: ({ E, W, b }, _x, inputs) => {
    const rows = sequential(embedding(6, 3)).apply(
      [{ vectors: E! }],
      E!.graph.constant(NDArray.of(integers(inputs["indices"]), [3, 4])),
    );
    const pooled = rows.mean({ axis: 1 });
    const scores = sequential(tanh(), dense(2)).apply([{}, denseOf(W!, b)], pooled);
    return { loss: crossEntropy(scores, integers(inputs["labels"])) };
  },
  attention: ({ Q, K, V }, x, inputs) => {
    const scores = x.matmul(Q!).matmul(x.matmul(K!).transpose()).div(Math.sqrt(3));
    const attention = softmax(scores);
    return { attention, loss: mse(attention.matmul(x.matmul(V!)), inputs["Y"]!) };
  },
  "rnn-tanh": ({ Wx, Wh, bh, Wo }, x, inputs) => {
    let hidden = bh!.mul(0);
    const outputs = flatNumbers(inputs["Y"]!).map((_, t) => {
      hidden = Wx!.matmul(x.at(t)).add(Wh!.matmul(hidden)).add(bh!).tanh();
      return Wo!.matmul(hidden);
    });
    return { loss: mse(concat(outputs), inputs["Y"]!) };
  },
};

function networkOf(key: string): Network {
  const [kind, activation, loss] = key.split("-");
  return kind === "mlp" ? mlp(activations[activation!]!, loss!) : networks[key]!;
}

const lossOf =
  ({ key, inputs }: Case) =>
  (params: Tensors, x: Tensor): Tensor =>
    networkOf(key)(params, x, inputs).loss;

const inputOf = ({ inputs }: Case): NestedNumbers => inputs["X"] ?? [0];

test.each(cases)("$key has the loss and the values on the way", (example) => {
  const { key, inputs, params, loss } = example;
  const got = jit((p: Tensors, x: Tensor) => networkOf(key)(p, x, inputs))(
    params,
    inputOf(example),
  );
  expectClose(got.loss, loss, 1e-11, "loss");
  for (const name of [
    "output",
    "features",
    "attention",
    "runningMeanAfter",
    "runningVarAfter",
  ] as const) {
    if (example[name] !== undefined) expectClose(got[name]!, example[name], 1e-11, name);
  }
});

test.each(cases)("$key has the gradient", (example) => {
  const got = jit(valueAndGrad(lossOf(example)))(example.params, inputOf(example));
  expectTreesClose(got.gradient, example.grads, 1e-10, "gradient");
});

test.each(cases)("$key has the Hessian-vector products", (example) => {
  const product = jit(
    (params: Tensors, x: Tensor, direction: Tensors): Tensors =>
      hvp((q: Tensors) => lossOf(example)(q, x), params, direction),
  );
  for (const { v, Hv } of example.hvp) {
    expectTreesClose(product(example.params, inputOf(example), v), Hv, 1e-10, "Hv");
  }
});

const withInputGradient = cases.filter(({ gradInput }) => gradInput !== undefined);

test.each(withInputGradient)("$key has the gradient with respect to its input", (example) => {
  const byInput = (x: Tensor, params: Tensors): Tensor => lossOf(example)(params, x);
  const got = jit(grad(byInput))(inputOf(example), example.params);
  expectClose(got, example.gradInput!, 1e-10, "gradInput");
});

const withSpectrum = cases.filter(({ hessTrace }) => hessTrace !== undefined);

test.each(withSpectrum)("$key has the spectrum of the Hessian", (example) => {
  const names = Object.keys(example.params);
  const arrays = names.map((name) => NDArray.of(example.params[name]!));
  const unpack = (flat: Tensor): Tensors => {
    let offset = 0;
    const parts = arrays.map(({ shape, size }) => {
      offset += size;
      return flat.slice([offset - size, offset]).reshape(shape);
    });
    return Object.fromEntries(names.map((name, i) => [name, parts[i]!]));
  };
  const matrix = jit((flat: Tensor, x: Tensor) =>
    hessian((at: Tensor) => lossOf(example)(unpack(at), x))(flat),
  )(
    arrays.flatMap(({ data }) => Array.from(data)),
    inputOf(example),
  );
  const n = matrix.shape[0]!;
  const { values } = symmetricEigen(Float64Array.from(matrix.data), n);
  const extremes = [...Array.from(values.slice(-5)).reverse(), ...Array.from(values.slice(0, 5))];
  const wanted = [...example.hessEigTop5!, ...example.hessEigBottom5!];
  const largest = Math.max(...wanted.map(Math.abs));
  extremes.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(1e-9 * largest);
  });
  const trace = Array.from({ length: n }, (_, i) => matrix.data[i * n + i]!).reduce(
    (a, b) => a + b,
  );
  expectClose(trace, example.hessTrace!, 1e-9, "trace");
  expectClose(Math.hypot(...Array.from(matrix.data)), example.hessFrobenius!, 1e-9, "norm");
});

test("the reference file has every network of this one, and every activation", () => {
  const keys = cases.map(({ key }) => key);
  expect(keys.filter((key) => !key.startsWith("mlp-")).sort()).toEqual(
    Object.keys(networks).sort(),
  );
  const tried = keys.filter((key) => key.startsWith("mlp-")).map((key) => key.split("-")[1]);
  expect(tried.sort()).toEqual(Object.keys(activations).sort());
  expect(withInputGradient).toHaveLength(7);
  expect(withSpectrum).toHaveLength(9);
});
