/**
 * The error function to double precision: e^(−x²) times a positive series near 0, else 1 − erfc by the continued
 * fraction of Laplace, evaluated by Lentz's method.
 *
 * @see Abramowitz & Stegun (1964), 7.1.6 and 7.1.14
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(x)) return Number.NaN;
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    // All terms have one sign: nothing cancels.
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let f = z;
  let c = z;
  let d = 0;
  for (let n = 1; n < 200; n++) {
    d = 1 / (z + (n / 2) * d);
    c = z + n / 2 / c;
    const delta = c * d;
    f *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return Math.sign(x) * (1 - Math.exp(-z * z) / (f * Math.sqrt(Math.PI)));
}
