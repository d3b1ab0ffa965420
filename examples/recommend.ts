// What would this person like? Factors of users and items learned from ratings, against what is predicted without any taste.
//   npm run example recommend                                   ratings that are made up, with tastes to find
//   npm run example recommend -- ml-100k/u.data user=196        MovieLens, as it is downloaded
//   npm run example recommend -- ml-1m/ratings.dat rank=32 strength=0.05
//   npm run example recommend -- ratings.csv duplicates=last
import { matrixFactorization, NadirError, ratingBiases } from "nadir";
import { holdOut, readRatingsFile } from "nadir/data";

const settings = { user: "", rank: 16, strength: 0.1, count: 5, duplicates: "error" };

const [path, given] = argumentsOf(process.argv.slice(2));
const ratings =
  path === undefined
    ? madeUp()
    : await readRatingsFile(path, { duplicates: oneOf(given.duplicates) });
const { train, held } = holdOut(ratings);
const counts = [ratings.values.length, new Set(ratings.users).size, new Set(ratings.items).size];
console.log(
  `${path ?? "made-up ratings"}: ${counts[0]} ratings of ${counts[2]} items by ${counts[1]} users; ${held.values.length} held out`,
);

const began = performance.now();
const most = Math.min(new Set(train.users).size, new Set(train.items).size);
const { rank, strength, count } = given;
const model = matrixFactorization({
  rank: Math.min(rank, most),
  strength,
  biases: true,
  iterations: 50,
  tolerance: 1e-4,
}).fit(train);
const seconds = (performance.now() - began) / 1000;
const baseline = ratingBiases().fit(train);

/** Root mean square error on the ratings that were held out, those of users or items without any other left out. */
function error(scores: ArrayLike<number>): number {
  const squares = Array.from(
    held.values,
    (value, i) => (value - (scores[i] ?? Number.NaN)) ** 2,
  ).filter((square) => !Number.isNaN(square));
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
const scores = model.predict(held.users, held.items, { unseen: "nan" });
const rows = [
  ["mean of all ratings", scores.map((score) => (Number.isNaN(score) ? score : baseline.mean))],
  ["biases of users and items", baseline.predict(held.users, held.items, { unseen: "nan" })],
  [`biases and ${model.rank} factors`, scores],
] as const;
console.log("\nerror on held-out ratings (RMSE)");
for (const [name, predictions] of rows)
  console.log(`  ${name.padEnd(28)}${error(predictions).toFixed(4)}`);
const unseen = scores.filter(Number.isNaN).length;
if (unseen > 0)
  console.log(
    `  ${unseen} held-out ratings are of users or items without any other: no prediction`,
  );

const user =
  model.userIds.find((id) => String(id) === given.user) ??
  (given.user === "" ? model.userIds[0] : given.user);
console.log(`\nfor user ${user}`);
for (const { item, score } of model.recommend(user ?? "", { count }))
  console.log(`  ${score.toFixed(2)}  item ${item}`);

console.log(
  `\n${model.verdict.kind}, after ${model.iterations} iterations and ${seconds.toFixed(2)} s`,
);
for (const sentence of [...model.verdict.evidence, ...model.verdict.advice])
  console.log(`  · ${sentence}`);

/** A path, and name=value for each setting. */
function argumentsOf(words: readonly string[]): [string | undefined, typeof settings] {
  const found = { ...settings };
  const paths: string[] = [];
  for (const word of words) {
    const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(word) ?? [];
    if (name === "") paths.push(word);
    else if (name === "user" || name === "duplicates") found[name] = value;
    else if (name === "rank" || name === "strength" || name === "count")
      found[name] = Number(value);
    else
      throw new NadirError("recommend/setting", `there is no setting ${name}`, {
        expected: `one of ${Object.keys(settings).join(", ")}`,
      });
  }
  return [paths[0], found];
}

function oneOf(word: string): "error" | "last" | "mean" {
  if (word === "error" || word === "last" || word === "mean") return word;
  throw new NadirError("recommend/duplicates", `duplicates=${word}`, {
    expected: "error, last or mean",
  });
}

/** Ratings from 1 to 5: a mean, how strict a user and how good an item is, three tastes, and noise. */
function madeUp() {
  let state = 20261127;
  const random = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return state / 2 ** 32;
  };
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const side = (size: number): number[][] =>
    Array.from({ length: size }, () => Array.from({ length: 4 }, normal));
  const [who, what] = [side(600), side(400)];
  const columns = { users: [] as number[], items: [] as number[], values: [] as number[] };
  for (const [i, u] of who.entries()) {
    for (const [j, v] of what.entries()) {
      if (random() > 0.15) continue;
      const taste = [1, 2, 3].reduce((sum, k) => sum + (u[k] ?? 0) * (v[k] ?? 0), 0);
      const score = 3.5 + 0.4 * (u[0] ?? 0) + 0.5 * (v[0] ?? 0) + 0.45 * taste + 0.4 * normal();
      columns.users.push(i + 1);
      columns.items.push(j + 1);
      columns.values.push(Math.min(5, Math.max(1, Math.round(score))));
    }
  }
  return columns;
}
