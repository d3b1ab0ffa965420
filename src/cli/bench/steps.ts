import type { Layer, Network, Suite } from "./case.ts";

/** Dense layers of these widths with relu between them. */
function mlp(...widths: readonly number[]): Network {
  const layers: Layer[] = [];
  for (let i = 1; i < widths.length; i++) {
    if (i > 1) layers.push({ kind: "relu" });
    layers.push({ kind: "dense", inputs: widths[i - 1] ?? 0, outputs: widths[i] ?? 0 });
  }
  return { input: widths.slice(0, 1), classes: widths.at(-1) ?? 0, layers };
}

const relu: Layer = { kind: "relu" };
const conv = (inputs: number, outputs: number, kernel: number, bias: boolean): Layer => ({
  kind: "conv2d",
  inputs,
  outputs,
  kernel,
  bias,
});

const convNet: Network = {
  input: [1, 28, 28],
  classes: 10,
  layers: [
    conv(1, 8, 5, true),
    relu,
    { kind: "maxPool", size: 2 },
    conv(8, 16, 5, true),
    relu,
    { kind: "maxPool", size: 2 },
    { kind: "flatten" },
    { kind: "dense", inputs: 784, outputs: 128 },
    relu,
    { kind: "dense", inputs: 128, outputs: 10 },
  ],
};

// A bias before batch norm would be subtracted again, so these convolutions have none.
const normalized = (inputs: number): readonly Layer[] => [
  conv(inputs, 16, 3, false),
  { kind: "batchNorm", features: 16 },
];
const block: readonly Layer[] = [
  { kind: "residual", layers: [...normalized(16), relu, ...normalized(16)] },
  relu,
];

const residualNet: Network = {
  input: [1, 28, 28],
  classes: 10,
  layers: [
    ...normalized(1),
    relu,
    ...block,
    ...block,
    ...block,
    { kind: "globalAveragePool" },
    { kind: "dense", inputs: 16, outputs: 10 },
  ],
};

const small = mlp(784, 256, 128, 10);
const momentum = { kind: "momentum", learningRate: 0.01 } as const;
const adam = { kind: "adam", learningRate: 0.001 } as const;

/** Training steps of six networks, twenty epochs on the digits, and Hessian-vector products. */
export const steps: Suite = {
  name: "steps",
  cases: [
    {
      kind: "step",
      id: "tiny",
      title: "step, 2-32-32-2, batch 32, momentum",
      network: mlp(2, 32, 32, 2),
      batch: 32,
      optimizer: momentum,
    },
    {
      kind: "step",
      id: "mlp",
      title: "step, 784-256-128-10, batch 128, momentum",
      network: small,
      batch: 128,
      optimizer: momentum,
    },
    {
      kind: "step",
      id: "mlp-adam",
      title: "step, 784-256-128-10, batch 128, Adam",
      network: small,
      batch: 128,
      optimizer: adam,
    },
    {
      kind: "step",
      id: "wide",
      title: "step, 784-1024-1024-10, batch 256, momentum",
      network: mlp(784, 1024, 1024, 10),
      batch: 256,
      optimizer: momentum,
    },
    {
      kind: "step",
      id: "conv",
      title: "step, conv net 8-16-128-10, batch 128, momentum",
      network: convNet,
      batch: 128,
      optimizer: momentum,
    },
    {
      kind: "step",
      id: "residual",
      title: "step, residual net 3 × 16, batch norm, batch 64, momentum",
      network: residualNet,
      batch: 64,
      optimizer: momentum,
    },
    {
      kind: "epochs",
      id: "digits",
      title: "20 epochs on 8,000 digits, 784-256-128-10, batch 128, Adam",
      network: small,
      batch: 128,
      optimizer: adam,
      epochs: 20,
    },
    {
      kind: "curvature",
      id: "gradient",
      title: "gradient, 784-256-128-10, 1,000 samples",
      network: small,
      batch: 1000,
      what: "gradient",
      products: 1,
    },
    {
      kind: "curvature",
      id: "hvp-fresh",
      title: "Hessian-vector product, from the start",
      network: small,
      batch: 1000,
      what: "fresh-product",
      products: 1,
    },
    {
      kind: "curvature",
      id: "hvp-kept",
      title: "Hessian-vector product, each of 30 at one point",
      network: small,
      batch: 1000,
      what: "kept-product",
      products: 30,
    },
  ],
};
