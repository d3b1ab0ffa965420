import type { Vector } from "../../linalg/ask.ts";
import type { Columns } from "./design.ts";

/**
 * A design repeated for K classes: a coefficient for each feature and class, j·K + k, whose column holds feature j among the predictors of
 * class k, and after them an intercept for each of the first `intercepts` classes. Predictors stand class after class, k·n + i.
 */
export function classColumns(design: Columns, classes: number, intercepts: number): Columns {
  const n = design.samples;
  const own = design.features * classes;
  const of = (v: Vector, k: number): Vector => v.subarray(k * n, (k + 1) * n);
  const sumOf = (v: Vector): number => v.reduce((sum, value) => sum + value, 0);
  const dot = (c: number, v: Vector): number =>
    c < own ? design.dot(Math.floor(c / classes), of(v, c % classes)) : sumOf(of(v, c - own));
  const image = new Float64Array(design.features);
  return {
    samples: n * classes,
    features: own + intercepts,
    repeats: { design, classes },
    dot,
    dots: (v, out) => {
      for (let k = 0; k < classes; k++) {
        design.dots(of(v, k), image);
        for (let j = 0; j < design.features; j++) out[j * classes + k] = image[j]!;
        if (k < intercepts) out[own + k] = sumOf(of(v, k));
      }
    },
    dotsOf: (members, count, v, out, offset, first = 0) => {
      // Class by class: the design's own loops take several columns at once.
      const places: number[][] = Array.from({ length: classes }, () => []);
      for (let m = 0; m < count; m++) {
        const c = members[first + m]!;
        if (c < own) places[c % classes]!.push(m);
        else out[offset + m] = sumOf(of(v, c - own));
      }
      places.forEach((at, k) => {
        const features = Int32Array.from(at, (m) => Math.floor(members[first + m]! / classes));
        const products = new Float64Array(at.length);
        design.dotsOf(features, at.length, of(v, k), products, 0);
        at.forEach((m, a) => {
          out[offset + m] = products[a]!;
        });
      });
    },
    add: (c, a, v) => {
      if (c < own) return design.add(Math.floor(c / classes), a, of(v, c % classes));
      const part = of(v, c - own);
      for (let i = 0; i < n; i++) part[i] = part[i]! + a;
    },
    addWeighted: (c, a, h, v) => {
      if (c < own)
        return design.addWeighted(
          ...([Math.floor(c / classes), a, of(h, c % classes), of(v, c % classes)] as const),
        );
      const [weights, part] = [of(h, c - own), of(v, c - own)];
      for (let i = 0; i < n; i++) part[i] = part[i]! + a * weights[i]!;
    },
    column: (c, out) => {
      out.fill(0);
      if (c < own) design.column(Math.floor(c / classes), of(out, c % classes));
      else of(out, c - own).fill(1);
    },
    weightedSquare: (c, h) =>
      c < own
        ? design.weightedSquare(Math.floor(c / classes), of(h, c % classes))
        : sumOf(of(h, c - own)),
  };
}
