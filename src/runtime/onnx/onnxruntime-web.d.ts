// onnxruntime-web is an optional peer dependency, and large: what nadir uses of it is stated here.
declare module "onnxruntime-web/wasm" {
  type Ort = import("./session.ts").Ort;
  export const InferenceSession: Ort["InferenceSession"];
  export const Tensor: Ort["Tensor"];
}
