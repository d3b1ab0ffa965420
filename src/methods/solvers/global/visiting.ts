/** log Γ(x) for x > 0, to 15 digits: Lanczos' approximation with g = 7 and nine terms. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const sum = lanczosTerms.reduce((s, c, k) => (k === 0 ? c : s + c / (z + k)), 0);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

const lanczosTerms = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/**
 * A move by Tsallis' distorted Cauchy–Lorentz distribution for one coordinate, from two standard normal
 * numbers: σ(T)·x / |y|^((q−1)/(3−q)). Heavy-tailed: at every temperature it may jump across the box.
 *
 * @param q - the visiting index q_v, in (1, 3): 2 is Cauchy's
 * @see Tsallis & Stariolo (1996), Generalized simulated annealing, eqs. (18) to (21); Xiang et al. (1997), eq. (5)
 */
export const visitingMove = (q: number, temperature: number, x: number, y: number): number =>
  (widthOf(q, temperature) * x) / Math.abs(y) ** ((q - 1) / (3 - q));

/** σ of the normal number x, so that the quotient has the distribution's width at this temperature. */
function widthOf(q: number, temperature: number): number {
  const logWidth =
    0.5 * Math.log(Math.PI) +
    (4 - q) * Math.log(q - 1) +
    Math.log(temperature) / (q - 1) -
    ((2 - q) * Math.LN2) / (q - 1) -
    Math.log(3 - q);
  // π(1 − s)/(sin π(1 − s) · Γ(2 − s)) of the papers is Γ(s), by the reflection formula.
  return Math.exp(((q - 1) * (logWidth - logGamma(1 / (q - 1) - 0.5))) / (3 - q));
}

/**
 * The temperature after `step` steps: T₀(2^(q−1) − 1)/((2 + step)^(q−1) − 1).
 *
 * @see Xiang et al. (1997), eq. (8)
 */
export const annealed = (q: number, start: number, step: number): number =>
  (start * (2 ** (q - 1) - 1)) / ((2 + step) ** (q - 1) - 1);

/**
 * The probability that a rise is accepted: [1 − (1 − q)·rise/T]^(1/(1−q)), 0 where the bracket is not
 * positive. As q → 1 this is Metropolis' exp(−rise/T).
 *
 * @param q - the acceptance index q_a, below 1
 * @see Tsallis & Stariolo (1996), eq. (5)
 */
export function acceptance(q: number, rise: number, temperature: number): number {
  const inside = 1 - ((1 - q) * rise) / temperature;
  return inside <= 0 ? 0 : Math.min(1, inside ** (1 / (1 - q)));
}
