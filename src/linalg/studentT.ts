/**
 * The two-sided 95 % point of Student's distribution: |t| exceeds it once in twenty. Exact for 1 and 2 degrees
 * of freedom, within 4e-3 for 3 and more.
 *
 * @see Abramowitz & Stegun (1964), 26.7.5 (Cornish and Fisher's expansion)
 */
export function studentT95(degrees: number): number {
  if (degrees === 1) return 12.7062047;
  if (degrees === 2) return 4.3026527;
  const z = 1.959963985;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, i) => sum + term / degrees ** (i + 1), z);
}

/**
 * How probable it is that |T| exceeds |t| under Student's distribution with ν degrees of freedom:
 * I_{ν/(ν+t²)}(ν/2, 1/2), with the regularised incomplete beta function. Relative error below 1e-10.
 *
 * @param degrees - ν > 0; need not be whole
 * @see Abramowitz & Stegun (1964), 26.7.1
 */
export function studentTTails(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? Number.NaN : 0;
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The t that |T| exceeds with probability `tails`: `studentTTails`, inverted by bisection. */
export function studentTPoint(tails: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (studentTTails(high, degrees) > tails) high *= 2;
  for (let i = 0; i < 100 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (studentTTails(middle, degrees) > tails) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * I_x(a, b) by its continued fraction (modified Lentz), on the side where that converges fast.
 *
 * @see Press et al. (2007), Numerical Recipes, 6.4
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      fraction *= d * c;
    }
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (front * fraction) / a;
}

/** ln Γ(x) for x > 0: Stirling's series, after the argument is raised above 15. */
function logGamma(x: number): number {
  let [at, shift] = [x, 0];
  for (; at < 15; at++) shift += Math.log(at);
  const r = 1 / (at * at);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}
