import type { Shape } from "../array/shape.ts";

/** The axis of what leaves a layer along which its units stand: channels of pictures `[rows, channels, height, width]`, elsewhere the last. */
export const unitAxis = (shape: Shape): number => (shape.length === 4 ? 1 : shape.length - 1);

/** An output is saturated where it is nearer to an end of its range than this part of it: |tanh| > 0.97, where its slope is 0.06 or less. */
export const saturationMargin = 0.015;
