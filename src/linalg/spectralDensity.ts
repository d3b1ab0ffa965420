import { requireCount } from "../base/require.ts";
import type { Ask, Vector } from "./ask.ts";
import type { Apply } from "./cg.ts";
import { lanczos } from "./lanczos.ts";
import { gaussian, randomStream } from "./random.ts";
import { tridiagonalEigen } from "./tridiagonalEigen.ts";

export interface QuadratureOptions {
  /** Random starts. Default 6. */
  readonly probes?: number;
  /** Products with A from each. Default 40. */
  readonly steps?: number;
  readonly seed?: number;
}

/** A Gauss rule for one random start: Σ weights·f(nodes) estimates (1/n) tr f(A). The weights sum to 1. */
export interface Quadrature {
  readonly nodes: Vector;
  readonly weights: Vector;
}

/**
 * Stochastic Lanczos quadrature: for each of some random starts v the eigenvalues of Lanczos's tridiagonal
 * matrix as nodes, and the squared first entries of its eigenvectors as weights. The rule is exact for
 * vᵀp(A)v and polynomials p of degree up to 2·steps − 1.
 *
 * Price: `probes`·`steps` products; `steps` vectors.
 *
 * @throws NadirError `density/probes`, `density/steps`; `lanczos/not-finite`
 * @see Ubaru, Chen & Saad (2017), Fast estimation of tr(f(A)) via stochastic Lanczos quadrature, algorithm 1;
 *   Golub & Welsch (1969)
 */
export function* lanczosQuadrature(
  apply: Apply,
  n: number,
  { probes = 6, steps = 40, seed = 0 }: QuadratureOptions = {},
): Ask<readonly Quadrature[]> {
  requireCount("density/probes", probes);
  requireCount("density/steps", steps, 2);
  const rules: Quadrature[] = [];
  for (let probe = 0; probe < probes; probe++) {
    const random = randomStream(seed, 0x51c0 + probe);
    const start = Float64Array.from({ length: n }, () => gaussian(random));
    const { alpha, beta } = yield* lanczos(apply, n, {
      start,
      steps: Math.min(n, steps),
      tolerance: 0,
      seed,
    });
    const nodes = Float64Array.from(alpha);
    const first = new Float64Array(nodes.length);
    first[0] = 1;
    tridiagonalEigen(nodes, Float64Array.of(0, ...beta), first, 1);
    rules.push({ nodes, weights: first.map((entry) => entry * entry) });
  }
  return rules;
}

/** A density on a grid. */
export interface Density {
  /** Where: equally spaced, from below the smallest node to above the largest. */
  readonly at: Vector;
  /** Share of the eigenvalues per unit; it integrates to 1. */
  readonly density: Vector;
  /** Of the mean over the probes, at each place; 0 for one probe. */
  readonly standardError: Vector;
  /** The standard deviation of the Gaussian that each node was spread by. */
  readonly width: number;
}

/**
 * The density of eigenvalues that the rules stand for, each node spread by a Gaussian:
 * φ(t) = (1/probes) Σ Σᵢ wᵢ exp(−(t − θᵢ)²/2σ²)/(σ√2π).
 *
 * @param width - σ; default a hundredth of the nodes' range
 * @see Ghorbani, Krishnan & Xiao (2019), An investigation into neural net optimization via Hessian eigenvalue
 *   density, section 2.1; Lin, Saad & Yang (2016)
 */
export function densityOf(rules: readonly Quadrature[], points: number, width?: number): Density {
  requireCount("density/points", points, 2);
  const all = rules.flatMap(({ nodes }) => [nodes[0]!, nodes[nodes.length - 1]!]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const spread = high > low ? high - low : Math.max(Math.abs(low), 1) * 1e-3;
  const sigma = width ?? spread / 100;
  const [from, to] = [low - 4 * sigma, high + 4 * sigma];
  const at = Float64Array.from(
    { length: points },
    (_, i) => from + ((to - from) * i) / (points - 1),
  );
  const each = rules.map((rule) => at.map((t) => spreadAt(rule, t, sigma)));
  const density = at.map((_, i) => each.reduce((sum, own) => sum + own[i]!, 0) / rules.length);
  const count = rules.length;
  const standardError = at.map((_, i) => {
    const square = each.reduce((sum, own) => sum + (own[i]! - density[i]!) ** 2, 0);
    return count > 1 ? Math.sqrt(square / (count - 1) / count) : 0;
  });
  return { at, density, standardError, width: sigma };
}

function spreadAt({ nodes, weights }: Quadrature, t: number, sigma: number): number {
  let sum = 0;
  for (let i = 0; i < nodes.length; i++)
    sum += weights[i]! * Math.exp(-0.5 * ((t - nodes[i]!) / sigma) ** 2);
  return sum / (sigma * Math.sqrt(2 * Math.PI));
}
