import type { Jet } from "../jets/testing.ts";
import type { Residuals, SumOfSquares } from "../sumOfSquares/testing.ts";

/** A problem with its standard start. */
export interface Classical extends SumOfSquares {
  readonly key: string;
}

const range = (low: number, high: number): number[] =>
  Array.from({ length: high - low + 1 }, (_, i) => low + i);
const fill = (n: number, pattern: readonly number[]): number[] =>
  range(0, n - 1).map((i) => pattern[i % pattern.length]!);
const total = (terms: readonly Jet[]): Jet => terms.reduce((sum, term) => sum.add(term));
const numbers = (text: string): number[] => text.split(" ").map(Number);

const bardData = numbers(".14 .18 .22 .25 .29 .32 .35 .39 .37 .58 .73 .96 1.34 2.10 4.39");
const gaussHalf = numbers(".0009 .0044 .0175 .0540 .1295 .2420 .3521 .3989");
const gaussData = [...gaussHalf, ...gaussHalf.slice(0, 7).reverse()];
const meyerData = numbers(
  "34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872",
);
const kowalikT = numbers("4 2 1 .5 .25 .167 .125 .1 .0833 .0714 .0625");
const kowalikData = numbers(".1957 .1947 .1735 .1600 .0844 .0627 .0456 .0342 .0323 .0235 .0246");
const osborne1Data = numbers(
  ".844 .908 .932 .936 .925 .908 .881 .850 .818 .784 .751 .718 .685 .658 .628 .603 .580 .558 .538 .522 .506 .490 .478 .467 .457 .448 .438 .431 .424 .420 .414 .411 .406",
);
const osborne2Data = numbers(
  "1.366 1.191 1.112 1.013 .991 .885 .831 .847 .786 .725 .746 .679 .608 .655 .616 .606 .602 .626 .651 .724 .649 .649 .694 .644 .624 .661 .612 .558 .533 .495 .500 .423 .395 .375 .372 .391 .396 .405 .428 .429 .523 .562 .607 .653 .672 .708 .633 .668 .645 .632 .591 .559 .597 .625 .739 .710 .729 .720 .636 .581 .428 .292 .162 .098 .054",
);

const rosenbrockPairs: Residuals = (x, emit) => {
  for (let i = 0; i < x.length; i += 2) {
    emit(x[i + 1]!.sub(x[i]!.square()).mul(10));
    emit(x[i]!.sub(1));
  }
};

const powellQuadruples: Residuals = (x, emit) => {
  for (let i = 0; i < x.length; i += 4) {
    const [a, b, c, d] = [x[i]!, x[i + 1]!, x[i + 2]!, x[i + 3]!];
    emit(a.add(b.mul(10)));
    emit(c.sub(d).mul(Math.sqrt(5)));
    emit(b.sub(c.mul(2)).square());
    emit(a.sub(d).square().mul(Math.sqrt(10)));
  }
};

/** Σ_{j≥2} (j−1) x_j t^{j−2} − (Σ_j x_j t^{j−1})² − 1 at t = i/29, then x₁ and x₂ − x₁² − 1. */
const watson: Residuals = (x, emit, pool) => {
  for (let i = 1; i <= 29; i++) {
    const t = i / 29;
    let slope = pool.constant(-1);
    let sum = pool.constant(0);
    for (let j = 0; j < x.length; j++) {
      if (j > 0) slope = slope.add(x[j]!.mul(j * t ** (j - 1)));
      sum = sum.add(x[j]!.mul(t ** j));
    }
    emit(slope.sub(sum.square()));
  }
  emit(x[0]!);
  emit(x[1]!.sub(x[0]!.square()).sub(1));
};

const bvpStart = (n: number): number[] => range(1, n).map((i) => (i / (n + 1)) * (i / (n + 1) - 1));

/**
 * The 35 problems of Moré, Garbow and Hillstrom (1981), Testing unconstrained optimization software,
 * as residuals of f = Σ rᵢ², with their standard starts; then Watson in 9 and 12 variables.
 */
export const classical: readonly Classical[] = [
  { key: "rosen", x0: [-1.2, 1], residuals: rosenbrockPairs },
  {
    key: "freud_roth",
    x0: [0.5, -2],
    residuals: ([x, y], emit) => {
      emit(y!.mul(-1).add(5).mul(y!).sub(2).mul(y!).add(x!).sub(13));
      emit(y!.add(1).mul(y!).sub(14).mul(y!).add(x!).sub(29));
    },
  },
  {
    key: "powell_bs",
    x0: [0, 1],
    residuals: ([x, y], emit) => {
      emit(x!.mul(y!).mul(1e4).sub(1));
      emit(x!.mul(-1).exp().add(y!.mul(-1).exp()).sub(1.0001));
    },
  },
  {
    key: "brown_bs",
    x0: [1, 1],
    residuals: ([x, y], emit) => {
      emit(x!.sub(1e6));
      emit(y!.sub(2e-6));
      emit(x!.mul(y!).sub(2));
    },
  },
  {
    key: "beale",
    x0: [1, 1],
    residuals: ([x, y], emit) => {
      [1.5, 2.25, 2.625].forEach((target, i) => {
        emit(
          y!
            .power(i + 1)
            .mul(-1)
            .add(1)
            .mul(x!)
            .mul(-1)
            .add(target),
        );
      });
    },
  },
  {
    key: "jenn_samp",
    x0: [0.3, 0.4],
    residuals: ([x, y], emit) => {
      for (let i = 1; i <= 10; i++) {
        emit(
          x!
            .mul(i)
            .exp()
            .add(y!.mul(i).exp())
            .mul(-1)
            .add(2 + 2 * i),
        );
      }
    },
  },
  {
    key: "helical",
    x0: [-1, 0, 0],
    residuals: ([x, y, z], emit) => {
      const angle = y!
        .div(x!)
        .atan()
        .mul(1 / (2 * Math.PI));
      emit(z!.sub(angle.add(x!.value < 0 ? 0.5 : 0).mul(10)).mul(10));
      emit(x!.square().add(y!.square()).sqrt().sub(1).mul(10));
      emit(z!);
    },
  },
  {
    key: "bard",
    x0: [1, 1, 1],
    residuals: ([x, y, z], emit) => {
      bardData.forEach((target, k) => {
        const [u, v] = [k + 1, 15 - k];
        const bottom = y!.mul(v).add(z!.mul(Math.min(u, v)));
        emit(x!.add(bottom.power(-1).mul(u)).mul(-1).add(target));
      });
    },
  },
  {
    key: "gauss",
    x0: [0.4, 1, 0],
    residuals: ([x, y, z], emit) => {
      gaussData.forEach((target, k) => {
        const t = (7 - k) / 2;
        emit(x!.mul(z!.sub(t).square().mul(y!).mul(-0.5).exp()).sub(target));
      });
    },
  },
  {
    key: "meyer",
    x0: [0.02, 4000, 250],
    residuals: ([x, y, z], emit) => {
      meyerData.forEach((target, k) => {
        emit(x!.mul(y!.div(z!.add(45 + 5 * (k + 1))).exp()).sub(target));
      });
    },
  },
  {
    key: "gulf",
    x0: [5, 2.5, 0.15],
    residuals: ([x, y, z], emit) => {
      for (let i = 1; i <= 99; i++) {
        const t = i / 100;
        const gap = y!.sub(25 + (-50 * Math.log(t)) ** (2 / 3)).abs();
        emit(gap.log().mul(z!).exp().div(x!).mul(-1).exp().sub(t));
      }
    },
  },
  {
    key: "box_3d",
    x0: [0, 10, 20],
    residuals: ([x, y, z], emit) => {
      for (let i = 1; i <= 10; i++) {
        const t = i / 10;
        const fall = Math.exp(-t) - Math.exp(-10 * t);
        emit(x!.mul(-t).exp().sub(y!.mul(-t).exp()).sub(z!.mul(fall)));
      }
    },
  },
  { key: "powell_s", x0: [3, -1, 0, 1], residuals: powellQuadruples },
  {
    key: "wood",
    x0: [-3, -1, -3, -1],
    residuals: ([a, b, c, d], emit) => {
      emit(b!.sub(a!.square()).mul(10));
      emit(a!.sub(1));
      emit(d!.sub(c!.square()).mul(Math.sqrt(90)));
      emit(c!.sub(1));
      emit(b!.add(d!).sub(2).mul(Math.sqrt(10)));
      emit(b!.sub(d!).mul(Math.sqrt(0.1)));
    },
  },
  {
    key: "kow_osb",
    x0: [0.25, 0.39, 0.415, 0.39],
    residuals: ([a, b, c, d], emit) => {
      kowalikData.forEach((target, k) => {
        const u = kowalikT[k]!;
        const top = b!
          .mul(u)
          .add(u * u)
          .mul(a!);
        emit(
          top
            .div(
              c!
                .mul(u)
                .add(d!)
                .add(u * u),
            )
            .mul(-1)
            .add(target),
        );
      });
    },
  },
  {
    key: "brown_den",
    x0: [25, 5, -5, 1],
    residuals: ([a, b, c, d], emit) => {
      for (let i = 1; i <= 20; i++) {
        const t = i / 5;
        const left = a!.add(b!.mul(t)).sub(Math.exp(t)).square();
        emit(
          left.add(
            c!
              .add(d!.mul(Math.sin(t)))
              .sub(Math.cos(t))
              .square(),
          ),
        );
      }
    },
  },
  {
    key: "osborne_1",
    x0: [0.5, 1.5, -1, 0.01, 0.02],
    residuals: ([a, b, c, d, e], emit) => {
      osborne1Data.forEach((target, k) => {
        const [p, q] = [d!.mul(-10 * k).exp(), e!.mul(-10 * k).exp()];
        emit(a!.add(b!.mul(p)).add(c!.mul(q)).mul(-1).add(target));
      });
    },
  },
  {
    key: "biggs_exp6",
    x0: [1, 2, 1, 1, 1, 1],
    residuals: ([a, b, c, d, e, f], emit) => {
      for (let i = 1; i <= 13; i++) {
        const t = i / 10;
        const target = Math.exp(-t) - 5 * Math.exp(-10 * t) + 3 * Math.exp(-4 * t);
        const first = c!.mul(a!.mul(-t).exp()).sub(d!.mul(b!.mul(-t).exp()));
        emit(first.add(f!.mul(e!.mul(-t).exp())).sub(target));
      }
    },
  },
  {
    key: "osborne_2",
    x0: [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5],
    residuals: (x, emit) => {
      osborne2Data.forEach((target, k) => {
        const t = k / 10;
        let model = x[0]!.mul(x[4]!.mul(-t).exp());
        for (let p = 1; p < 4; p++) {
          model = model.add(
            x[p]!.mul(
              x[p + 7]!.sub(t)
                .square()
                .mul(x[p + 4]!)
                .mul(-1)
                .exp(),
            ),
          );
        }
        emit(model.sub(target));
      });
    },
  },
  { key: "watson", x0: fill(6, [0]), residuals: watson },
  { key: "ex_rosen", x0: fill(8, [-1.2, 1]), residuals: rosenbrockPairs },
  { key: "ex_powell", x0: fill(8, [3, -1, 0, 1]), residuals: powellQuadruples },
  {
    key: "penalty_1",
    x0: [1, 2, 3, 4],
    residuals: (x, emit) => {
      for (const xi of x) emit(xi.sub(1).mul(Math.sqrt(1e-5)));
      emit(total(x.map((xi) => xi.square())).sub(0.25));
    },
  },
  {
    key: "penalty_2",
    x0: fill(4, [0.5]),
    residuals: (x, emit) => {
      const n = x.length;
      const root = Math.sqrt(1e-5);
      emit(x[0]!.sub(0.2));
      for (let i = 2; i <= n; i++) {
        const y = Math.exp(i / 10) + Math.exp((i - 1) / 10);
        emit(
          x[i - 1]!.mul(0.1)
            .exp()
            .add(x[i - 2]!.mul(0.1).exp())
            .sub(y)
            .mul(root),
        );
      }
      for (let i = n + 1; i < 2 * n; i++) {
        emit(x[i - n]!.mul(0.1).exp().sub(Math.exp(-0.1)).mul(root));
      }
      emit(total(x.map((xj, j) => xj.square().mul(n - j))).sub(1));
    },
  },
  {
    key: "var_dim",
    x0: range(1, 6).map((j) => 1 - j / 6),
    residuals: (x, emit) => {
      for (const xi of x) emit(xi.sub(1));
      const sum = total(x.map((xj, j) => xj.sub(1).mul(j + 1)));
      emit(sum);
      emit(sum.square());
    },
  },
  {
    key: "trigon",
    x0: fill(6, [1 / 6]),
    residuals: (x, emit) => {
      const n = x.length;
      const cosines = total(x.map((xj) => xj.cos()));
      x.forEach((xi, k) => {
        const part = xi
          .cos()
          .mul(-1)
          .add(1)
          .mul(k + 1);
        emit(part.sub(xi.sin()).sub(cosines).add(n));
      });
    },
  },
  {
    key: "brown_al",
    x0: fill(5, [0.5]),
    residuals: (x, emit) => {
      const n = x.length;
      const sum = total(x);
      for (let i = 0; i < n - 1; i++) emit(x[i]!.add(sum).sub(n + 1));
      emit(x.reduce((product, xi) => product.mul(xi)).sub(1));
    },
  },
  {
    key: "disc_bv",
    x0: bvpStart(8),
    residuals: (x, emit) => {
      const n = x.length;
      const h = 1 / (n + 1);
      x.forEach((xi, k) => {
        let r = xi.mul(2).add(
          xi
            .add((k + 1) * h + 1)
            .power(3)
            .mul((h * h) / 2),
        );
        if (k > 0) r = r.sub(x[k - 1]!);
        if (k < n - 1) r = r.sub(x[k + 1]!);
        emit(r);
      });
    },
  },
  {
    key: "disc_ie",
    x0: bvpStart(8),
    residuals: (x, emit) => {
      const n = x.length;
      const h = 1 / (n + 1);
      const cubes = x.map((xj, k) => xj.add((k + 1) * h + 1).power(3));
      x.forEach((xi, k) => {
        const t = (k + 1) * h;
        let r = xi;
        cubes.forEach((cube, j) => {
          const s = (j + 1) * h;
          r = r.add(cube.mul((h / 2) * (j <= k ? (1 - t) * s : t * (1 - s))));
        });
        emit(r);
      });
    },
  },
  {
    key: "broyden_tri",
    x0: fill(8, [-1]),
    residuals: (x, emit) => {
      x.forEach((xi, k) => {
        let r = xi.mul(-2).add(3).mul(xi).add(1);
        if (k > 0) r = r.sub(x[k - 1]!);
        if (k < x.length - 1) r = r.sub(x[k + 1]!.mul(2));
        emit(r);
      });
    },
  },
  {
    key: "broyden_band",
    x0: fill(8, [-1]),
    residuals: (x, emit) => {
      x.forEach((xi, k) => {
        let r = xi.mul(xi.square().mul(5).add(2)).add(1);
        for (let j = Math.max(0, k - 5); j <= Math.min(x.length - 1, k + 1); j++) {
          if (j !== k) r = r.sub(x[j]!.add(1).mul(x[j]!));
        }
        emit(r);
      });
    },
  },
  {
    key: "linfun_fr",
    x0: fill(5, [1]),
    residuals: (x, emit) => {
      const rest = total([...x])
        .mul(-2 / 10)
        .sub(1);
      for (let i = 0; i < 10; i++) emit(i < x.length ? x[i]!.add(rest) : rest);
    },
  },
  {
    key: "linfun_r1",
    x0: fill(5, [1]),
    residuals: (x, emit) => {
      const sum = total(x.map((xj, j) => xj.mul(j + 1)));
      for (let i = 1; i <= 10; i++) emit(sum.mul(i).sub(1));
    },
  },
  {
    key: "linfun_r1z",
    x0: fill(5, [1]),
    residuals: (x, emit, pool) => {
      const inner = x.slice(1, -1).map((xj, j) => xj.mul(j + 2));
      const sum = total(inner);
      for (let i = 1; i <= 10; i++) {
        emit(i > 1 && i < 10 ? sum.mul(i - 1).sub(1) : pool.constant(-1));
      }
    },
  },
  {
    key: "chebyquad",
    x0: range(1, 8).map((j) => j / 9),
    residuals: (x, emit, pool) => {
      const n = x.length;
      let before = x.map(() => pool.constant(1));
      let now = x.map((xj) => xj.mul(2).sub(1));
      const twice = now.map((y) => y.mul(2));
      for (let i = 1; i <= n; i++) {
        emit(
          total(now)
            .mul(1 / n)
            .add(i % 2 === 0 ? 1 / (i * i - 1) : 0),
        );
        const next = now.map((t, j) => t.mul(twice[j]!).sub(before[j]!));
        [before, now] = [now, next];
      }
    },
  },
  { key: "watson9", x0: fill(9, [0]), residuals: watson },
  { key: "watson12", x0: fill(12, [0]), residuals: watson },
];
