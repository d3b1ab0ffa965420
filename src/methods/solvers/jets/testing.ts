/**
 * Second-order forward mode for test functions: numbers that carry a gradient and a Hessian.
 *
 * Independent of nadir's own derivatives, which these tests must not trust. A jet is a slot in a
 * pool (value, n first derivatives, packed lower triangle of second ones), so that an evaluation
 * allocates nothing once the pool has grown.
 */
export class JetPool {
  readonly n: number;
  /** Derivatives carried at present: 0, 1 or 2. */
  order: 0 | 1 | 2 = 2;
  private readonly jets: Jet[] = [];
  private used = 0;

  constructor(n: number) {
    this.n = n;
  }

  /** Forgets all jets: their slots are used again. */
  reset(): void {
    this.used = 0;
  }

  /** A jet whose derivatives are still to be written. */
  blank(value: number): Jet {
    let jet = this.jets[this.used];
    if (jet === undefined) {
      jet = new Jet(this);
      this.jets.push(jet);
    }
    this.used++;
    jet.value = value;
    return jet;
  }

  constant(value: number): Jet {
    const jet = this.blank(value);
    if (this.order > 0) jet.first.fill(0);
    if (this.order > 1) jet.second.fill(0);
    return jet;
  }

  variable(value: number, index: number): Jet {
    const jet = this.constant(value);
    if (this.order > 0) jet.first[index] = 1;
    return jet;
  }
}

export class Jet {
  readonly pool: JetPool;
  value = 0;
  readonly first: Float64Array;
  /** ∂²/∂xᵢ∂xⱼ at i(i+1)/2 + j, j ≤ i. */
  readonly second: Float64Array;

  constructor(pool: JetPool) {
    this.pool = pool;
    this.first = new Float64Array(pool.n);
    this.second = new Float64Array((pool.n * (pool.n + 1)) / 2);
  }

  /** a·this + b·other + c. */
  private linear(a: number, other: Jet, b: number, c: number): Jet {
    const out = this.pool.blank(a * this.value + b * other.value + c);
    if (this.pool.order > 0) {
      const [p, q, o] = [this.first, other.first, out.first];
      for (let i = 0; i < o.length; i++) o[i] = a * p[i]! + b * q[i]!;
    }
    if (this.pool.order > 1) {
      const [p, q, o] = [this.second, other.second, out.second];
      for (let i = 0; i < o.length; i++) o[i] = a * p[i]! + b * q[i]!;
    }
    return out;
  }

  /** φ(this), from φ, φ′ and φ″ at the value. */
  map(value: number, slope: number, curvature: number): Jet {
    const { n, order } = this.pool;
    const out = this.pool.blank(value);
    const [p, o] = [this.first, out.first];
    if (order > 0) for (let i = 0; i < n; i++) o[i] = slope * p[i]!;
    if (order > 1) {
      const [h, s] = [this.second, out.second];
      for (let i = 0, k = 0; i < n; i++) {
        const c = curvature * p[i]!;
        for (let j = 0; j <= i; j++, k++) s[k] = slope * h[k]! + c * p[j]!;
      }
    }
    return out;
  }

  add(other: Jet | number): Jet {
    return typeof other === "number" ? this.linear(1, this, 0, other) : this.linear(1, other, 1, 0);
  }

  sub(other: Jet | number): Jet {
    return typeof other === "number"
      ? this.linear(1, this, 0, -other)
      : this.linear(1, other, -1, 0);
  }

  mul(other: Jet | number): Jet {
    if (typeof other === "number") return this.linear(other, this, 0, 0);
    const { n, order } = this.pool;
    const [u, v] = [this.value, other.value];
    const out = this.pool.blank(u * v);
    const [p, q, o] = [this.first, other.first, out.first];
    if (order > 0) for (let i = 0; i < n; i++) o[i] = u * q[i]! + v * p[i]!;
    if (order > 1) {
      const [a, b, s] = [this.second, other.second, out.second];
      for (let i = 0, k = 0; i < n; i++) {
        for (let j = 0; j <= i; j++, k++) {
          s[k] = u * b[k]! + v * a[k]! + p[i]! * q[j]! + p[j]! * q[i]!;
        }
      }
    }
    return out;
  }

  div(other: Jet | number): Jet {
    return typeof other === "number" ? this.mul(1 / other) : this.mul(other.power(-1));
  }

  square(): Jet {
    return this.map(this.value * this.value, 2 * this.value, 2);
  }

  power(p: number): Jet {
    const v = this.value;
    return this.map(v ** p, p * v ** (p - 1), p * (p - 1) * v ** (p - 2));
  }

  exp(): Jet {
    const e = Math.exp(this.value);
    return this.map(e, e, e);
  }

  log(): Jet {
    return this.map(Math.log(this.value), 1 / this.value, -1 / (this.value * this.value));
  }

  sqrt(): Jet {
    const r = Math.sqrt(this.value);
    return this.map(r, 0.5 / r, -0.25 / (r * this.value));
  }

  sin(): Jet {
    const [s, c] = [Math.sin(this.value), Math.cos(this.value)];
    return this.map(s, c, -s);
  }

  cos(): Jet {
    const [s, c] = [Math.sin(this.value), Math.cos(this.value)];
    return this.map(c, -s, -c);
  }

  atan(): Jet {
    const w = 1 / (1 + this.value * this.value);
    return this.map(Math.atan(this.value), w, -2 * this.value * w * w);
  }

  abs(): Jet {
    return this.map(Math.abs(this.value), Math.sign(this.value), 0);
  }
}
