import type { Vector } from "../../linalg/ask.ts";
import { dotParts } from "./kernels.ts";

/** The symmetric matrix of which a part is factored. */
type Entry = (k: number, l: number) => number;

/**
 * The Cholesky factor of a Hessian on a support that changes a little at a time: a position costs m² to add and as much
 * to drop, where a new factorization would cost m³/6. The Hessian is entry(k, l), with a number of its own added to each
 * diagonal entry.
 *
 * @see Golub & Van Loan (2013), Matrix Computations, §6.5.4
 */
export class SupportFactor {
  private readonly entry: Entry;
  private readonly order: number[] = [];
  private readonly extras: number[] = [];
  private capacity = 64;
  private l: Vector = new Float64Array(64 * 64);

  constructor(entry: Entry) {
    this.entry = entry;
  }

  /**
   * Makes the factor one of these positions.
   *
   * @returns the position that made the Hessian lose its definiteness, or undefined if none did: the factor is then of those that came
   *   before it, and the next change goes on from there
   */
  change(support: readonly number[], extras: readonly number[]): number | undefined {
    const wanted = new Map(support.map((k, a) => [k, extras[a]!]));
    const stale: number[] = [];
    this.order.forEach((k, a) => {
      if (wanted.get(k) !== this.extras[a]) stale.push(a);
    });
    if (stale.length > 8 && stale.length * 6 > this.order.length) {
      // Cheaper to factor again from the first that is gone.
      const [first = 0] = stale;
      this.order.length = first;
      this.extras.length = first;
    } else for (const a of stale.reverse()) this.drop(a);
    const held = new Set(this.order);
    for (const [k, extra] of wanted) if (!held.has(k) && !this.append(k, extra)) return k;
    return undefined;
  }

  /** out ← the direction along which k moves by 1 and the positions in the factor follow to where the quadratic is least: flat, or falling, where k could not be added. */
  followers(k: number, out: Vector): void {
    out.fill(0);
    for (const l of this.order) out[l] = -this.entry(k, l);
    this.solve(out);
    out[k] = 1;
  }

  /** b ← H⁻¹b, where b is by position in the whole matrix; entries outside of the support are left alone. */
  solve(b: Vector): void {
    const { order, l, capacity } = this;
    const m = order.length;
    const x = new Float64Array(m);
    for (let a = 0; a < m; a++) {
      const row = a * capacity;
      x[a] = (b[order[a]!]! - dotParts(l, row, x, 0, a)) / l[row + a]!;
    }
    for (let a = m - 1; a >= 0; a--) {
      const row = a * capacity;
      const value = x[a]! / l[row + a]!;
      x[a] = value;
      for (let c = 0; c < a; c++) x[c] = x[c]! - value * l[row + c]!;
    }
    for (let a = 0; a < m; a++) b[order[a]!] = x[a]!;
  }

  private append(k: number, extra: number): boolean {
    this.grow();
    const { order, l, capacity, entry } = this;
    const m = order.length;
    const row = m * capacity;
    for (let a = 0; a < m; a++) {
      const other = a * capacity;
      l[row + a] = (entry(k, order[a]!) - dotParts(l, other, l, row, a)) / l[other + a]!;
    }
    const diagonal = entry(k, k) + extra;
    const pivot = diagonal - dotParts(l, row, l, row, m);
    if (!(pivot > 1e-12 * Math.abs(diagonal))) return false;
    l[row + m] = Math.sqrt(pivot);
    order.push(k);
    this.extras.push(extra);
    return true;
  }

  /** Without the position at `at`: its row goes, and rotations of neighbouring columns restore the triangle. */
  private drop(at: number): void {
    const { order, l, capacity } = this;
    const m = order.length - 1;
    for (let a = at; a < m; a++) {
      const [to, from] = [a * capacity, (a + 1) * capacity];
      l.copyWithin(to, from, from + a + 2);
    }
    for (let c = at; c < m; c++) {
      const x = l[c * capacity + c]!;
      const y = l[c * capacity + c + 1]!;
      const r = Math.sqrt(x * x + y * y);
      const cosine = x / r;
      const sine = y / r;
      for (let a = c, i = c * capacity + c; a < m; a++, i += capacity) {
        const p = l[i]!;
        const q = l[i + 1]!;
        l[i] = cosine * p + sine * q;
        l[i + 1] = cosine * q - sine * p;
      }
    }
    order.splice(at, 1);
    this.extras.splice(at, 1);
  }

  private grow(): void {
    if (this.order.length < this.capacity - 1) return;
    const larger = new Float64Array(4 * this.capacity * this.capacity);
    for (let a = 0; a < this.order.length; a++) {
      const row = a * this.capacity;
      larger.set(this.l.subarray(row, row + a + 1), 2 * row);
    }
    this.l = larger;
    this.capacity *= 2;
  }
}
