import type { Pair, View } from "./kernel/protocol.ts";

/** A function to start from. Its text is that of a file that `nadir minimize` takes too. */
export interface Example {
  /** The name by which `nadir minimize NAME` and `findTestFunction` know it. */
  readonly key: string;
  readonly name: string;
  /** What there is to see, in a sentence. */
  readonly about: string;
  readonly code: string;
  readonly start: Pair;
  readonly view: View;
  readonly levels: "log" | "linear";
}

const text = (about: string, start: Pair, imports: string, body: string): string =>
  `// ${about}
import { ${imports} } from "nadir";

export default (p: Tensor) => {
  const [x, y] = [p.at(0), p.at(1)];
${body}
};

export const x0 = [${start.join(", ")}];
`;

const example = (
  given: Omit<Example, "code"> & { readonly imports?: string; readonly body: string },
): Example => {
  const { imports = "type Tensor", body, ...rest } = given;
  return { ...rest, code: text(given.about, given.start, imports, body) };
};

/** Functions of two unknowns that methods are tried on. */
export const examples: readonly Example[] = [
  example({
    ...{ key: "rosenbrock", name: "Rosenbrock", levels: "log" },
    about: "A curved valley: finding it is easy, following it is not.",
    ...{ start: [-1.2, 1], view: [-2.1, 2.1, -1.1, 3.1] },
    imports: "sub, type Tensor",
    body: `  const valley = y.sub(x.square()).mul(10);
  return valley.square().add(sub(1, x).square());`,
  }),
  example({
    ...{ key: "himmelblau", name: "Himmelblau", levels: "log" },
    about: "Four minima, four saddles and a hill: who goes where?",
    ...{ start: [0, 0], view: [-5.5, 5.5, -5.5, 5.5] },
    body: `  const first = x.square().add(y).sub(11);
  const second = y.square().add(x).sub(7);
  return first.square().add(second.square());`,
  }),
  example({
    ...{ key: "double-well-saddle", name: "Saddle with two wells", levels: "linear" },
    about: "Started on the line where every gradient points to the saddle.",
    ...{ start: [1, 0], view: [-2.4, 2.4, -2.4, 2.4] },
    body: `  const yy = y.square();
  return x.square().sub(yy).add(yy.square().mul(0.25));`,
  }),
  example({
    ...{ key: "monkey", name: "Monkey saddle", levels: "linear" },
    about: "Three valleys fall from a point with no curvature at all.",
    ...{ start: [0.5, 0], view: [-1.5, 1.5, -1.5, 1.5] },
    body: "  return x.square().sub(y.square().mul(3)).mul(x);",
  }),
  example({
    ...{ key: "easom", name: "Easom's plateau", levels: "linear" },
    about: "A plain as flat as numbers can tell, with one hole in it.",
    ...{ start: [1.5, 4], view: [-2, 8, -2, 8] },
    imports: "mul, type Tensor",
    body: `  const far = x.sub(Math.PI).square().add(y.sub(Math.PI).square());
  return mul(x.cos(), y.cos()).mul(far.neg().exp()).neg();`,
  }),
  example({
    ...{ key: "rastrigin", name: "Rastrigin", levels: "linear" },
    about: "A bowl full of dimples: a hundred minima, one of them lowest.",
    ...{ start: [3.07, -1.54], view: [-5.2, 5.2, -5.2, 5.2] },
    body: `  const wave = (u: Tensor) => u.mul(2 * Math.PI).cos().mul(10);
  const bowl = x.square().add(y.square());
  return bowl.sub(wave(x)).sub(wave(y)).add(20);`,
  }),
  example({
    ...{ key: "ackley", name: "Ackley", levels: "linear" },
    about: "Nearly flat and rough far out, with a funnel that ends in a point.",
    ...{ start: [2.6, -1.8], view: [-4.2, 4.2, -4.2, 4.2] },
    body: `  const radius = x.square().add(y.square()).mul(0.5).add(1e-200).sqrt();
  const waves = x.mul(2 * Math.PI).cos().add(y.mul(2 * Math.PI).cos()).mul(0.5);
  return radius.mul(-0.2).exp().mul(-20).sub(waves.exp()).add(20 + Math.E);`,
  }),
  example({
    ...{ key: "beale", name: "Beale", levels: "log" },
    about: "A flat valley between steep walls.",
    ...{ start: [1, 1], view: [-4.5, 4.5, -4.5, 4.5] },
    imports: "sub, type Tensor",
    body: `  const miss = (target: number, power: Tensor) => sub(target, x.mul(sub(1, power)));
  const [a, b, c] = [miss(1.5, y), miss(2.25, y.square()), miss(2.625, y.pow(3))];
  return a.square().add(b.square()).add(c.square());`,
  }),
  example({
    ...{ key: "six-hump-camel", name: "Six-hump camel", levels: "log" },
    about: "Six minima, in pairs.",
    ...{ start: [1.8, -0.6], view: [-2.2, 2.2, -1.3, 1.3] },
    imports: "mul, type Tensor",
    body: `  const [xx, yy] = [x.square(), y.square()];
  const left = xx.square().div(3).sub(xx.mul(2.1)).add(4).mul(xx);
  return left.add(mul(x, y)).add(yy.mul(4).sub(4).mul(yy));`,
  }),
  example({
    ...{ key: "mueller-brown", name: "Müller–Brown", levels: "linear" },
    about: "A chemist's landscape: three valleys and the passes between them.",
    ...{ start: [-0.8, 0.6], view: [-1.5, 1.2, -0.4, 2] },
    imports: "mul, type Tensor",
    body: `  const [dx, dy] = [x.sub([1, 0, -0.5, -1]), y.sub([0, 0.5, 1.5, 1])];
  const exponent = dx.square().mul([-1, -1, -6.5, 0.7])
    .add(mul(dx, dy).mul([0, 0, 11, 0.6]))
    .add(dy.square().mul([-10, -10, -6.5, 0.7]));
  return exponent.exp().mul([-200, -100, -170, 15]).sum();`,
  }),
  example({
    ...{ key: "styblinski-tang", name: "Styblinski–Tang", levels: "linear" },
    about: "Four basins of different depth around a hill.",
    ...{ start: [0.2, 0.3], view: [-5, 5, -5, 5] },
    body: `  const side = (u: Tensor) => u.square().square().sub(u.square().mul(16)).add(u.mul(5));
  return side(x).add(side(y)).mul(0.5);`,
  }),
  example({
    ...{ key: "flat-quartic", name: "Flat quartic", levels: "log" },
    about: "A minimum whose curvature vanishes along one axis: degenerate.",
    ...{ start: [1, 1], view: [-1.6, 1.6, -1.6, 1.6] },
    body: "  return x.square().add(y.pow(4));",
  }),
  example({
    ...{ key: "scalar-factorization", name: "Scalar factorization", levels: "log" },
    about: "The smallest of networks: a whole curve of minima, and a saddle at 0.",
    ...{ start: [2, -0.1], view: [-2.6, 2.6, -2.6, 2.6] },
    imports: "mul, type Tensor",
    body: "  return mul(x, y).sub(1).square().mul(0.5);",
  }),
  example({
    ...{ key: "booth", name: "Booth's bowl", levels: "log" },
    about: "Convex: everybody arrives, and what differs is the price.",
    ...{ start: [-6, 8], view: [-10, 10, -10, 10] },
    body: `  const first = x.add(y.mul(2)).sub(7);
  const second = x.mul(2).add(y).sub(5);
  return first.square().add(second.square());`,
  }),
];

export const exampleOf = (key: string | undefined): Example | undefined =>
  examples.find((example) => example.key === key);
