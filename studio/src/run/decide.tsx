import { formatCount, formatNumber } from "../../../src/cli/format.ts";
import type { Verdict } from "../../../src/diagnosis/verdict.ts";
import type { SpectrumArtefact } from "../../../src/drawing/spectrum.ts";
import type { ArtefactInfo, Job, RunReply } from "../../../src/studio/protocol.ts";
import { TableFrame } from "../figure/dataTable.tsx";
import { VerdictMark } from "../parts/verdictMark.tsx";
import { useArtefact } from "./artefacts.ts";
import { Measure } from "./measureButton.tsx";
import { figuresOf, verdictOf } from "./verdictWords.ts";

/** A smallest eigenvalue, and what bounds its distance from the true one. */
interface Smallest {
  readonly value: number;
  readonly error: number;
}

/** Times what was spent before. */
const MORE = 4;
/** Products that a verdict spends beyond a hundred params, and what a spectrum spends unless told otherwise. */
const OF_VERDICT = { maxProducts: 60, tolerance: 1e-5, dtype: "f32" } as const;
const OF_SPECTRUM = { maxProducts: 1000, tolerance: 1e-5, dtype: "f32" } as const;

/** True where an eigenvalue may lie on either side of 0, as far as its error tells. */
export const isUndecided = ({ value, error }: Smallest): boolean => Math.abs(value) <= error;

/** The smallest eigenvalue that a verdict was given by. */
export function smallestOfVerdict(reply: Partial<Pick<RunReply, "verdict">>): Smallest | undefined {
  return smallestOf(verdictOf(reply));
}

function smallestOf(verdict: Verdict | undefined): Smallest | undefined {
  if (verdict === undefined || !("smallestEigenvalue" in verdict)) return undefined;
  const { smallestEigenvalue: value, eigenvalueError: error } = verdict;
  return Number.isFinite(value) ? { value, error } : undefined;
}

interface DecideProps {
  readonly reply: RunReply;
  /** The verdicts before the one that holds, oldest first. */
  readonly earlier: readonly Verdict[];
  readonly newest: SpectrumArtefact | undefined;
}

/**
 * Where the smallest eigenvalue is not told from 0: a button that spends four times more, and what was measured before and
 * after beside each other. Where it is told and nothing more was spent, nothing.
 */
export function Decide({ reply, earlier, newest }: DecideProps) {
  const { run, artefacts } = reply;
  const ofVerdict = smallestOfVerdict(reply);
  const now = verdictOf(reply);
  const first = smallestOf(earlier[0]) ?? ofVerdict;
  const last = newest?.smallest[0] ?? ofVerdict;
  if (last === undefined) return null;
  const spectra = artefacts.filter(({ kind }) => kind === "spectrum").slice(-6);
  const spent = spectra.some(({ name }) => name.includes("products="));
  if (!isUndecided(last) && !spent) return null;
  const before = newest === undefined ? OF_VERDICT : (newest.effort ?? OF_SPECTRUM);
  // Where the whole matrix is known, in the finer arithmetic, what is left is rounding.
  const isRounding = newest?.reason === "exhausted" && before.dtype === "f64";
  return (
    <section class="decide" aria-label="Whether the smallest eigenvalue is decided">
      <p>
        {isUndecided(last)
          ? `The smallest eigenvalue is ${inWords(last)}: its error reaches over 0, so that neither a minimum nor a descent is shown.`
          : `The smallest eigenvalue is ${inWords(last)}: decided.`}
      </p>
      <TableFrame
        label="Table: the smallest eigenvalue"
        caption="The smallest eigenvalue, as it was measured"
        head={["measured", "eigenvalue", "error", "products", "says"]}
      >
        {first !== undefined && <Row name="for the verdict" found={first} />}
        {spectra.map((info) => (
          <SpectrumRow key={info.sha256} run={run.id} info={info} />
        ))}
      </TableFrame>
      {now !== undefined && earlier.length > 0 && (
        <TableFrame
          label="Table: verdicts"
          caption="What the end was judged to be, by the same rules, as its curvature became better known"
          head={["verdict", "kind", "figures"]}
        >
          {[...earlier, now].map((verdict, i) => (
            <tr key={`${i} ${verdict.kind}`}>
              <td>{i < earlier.length ? (i === 0 ? "at the end of the run" : "then") : "now"}</td>
              <td>
                <VerdictMark kind={verdict.kind} word />
              </td>
              <td>{figuresOf(verdict).join(" · ")}</td>
            </tr>
          ))}
        </TableFrame>
      )}
      {isUndecided(last) &&
        (isRounding ? (
          <p>
            All eigenvalues are known, in f64: the error is that of rounding, and no effort lowers
            it. The point is degenerate as far as this arithmetic tells.
          </p>
        ) : (
          <Measure
            run={run.id}
            kind="spectrum"
            flags={more(before, newest)}
            label="Spend 4× more"
            cost={costOf(before, newest)}
            mine={({ products }) => products !== undefined}
          />
        ))}
    </section>
  );
}

type Effort = NonNullable<SpectrumArtefact["effort"]>;

/** Four times the products, a quarter of the tolerance, in f64; and four times the rows, where only some were looked at. */
function more(
  { maxProducts, tolerance }: Effort,
  newest: SpectrumArtefact | undefined,
): Job["flags"] {
  const sampled = newest !== undefined && newest.rows > 0 && newest.rows < newest.ofRows;
  return {
    products: MORE * maxProducts,
    tol: tolerance / MORE,
    dtype: "f64",
    ...(newest?.density !== undefined && { density: true }),
    ...(sampled && { rows: Math.min(newest.ofRows, MORE * newest.rows) }),
  };
}

function costOf(before: Effort, newest: SpectrumArtefact | undefined): string {
  const flags = more(before, newest);
  const took =
    newest === undefined
      ? ""
      : `; the last took ${formatNumber(newest.cost.seconds)} s for ${formatCount(newest.cost.products)}`;
  const rows =
    flags["rows"] === undefined ? "" : ` over ${formatCount(Number(flags["rows"]))} rows`;
  return `at most ${formatCount(MORE * before.maxProducts)} products with the Hessian in f64${rows}, each about two gradients${took}`;
}

const inWords = ({ value, error }: Smallest): string =>
  `${formatNumber(value)} ± ${formatNumber(error, 2)}`;

function SpectrumRow({ run, info }: { readonly run: string; readonly info: ArtefactInfo }) {
  const read = useArtefact<SpectrumArtefact>(run, info);
  const found = read.kind === "ready" ? read.value.smallest[0] : undefined;
  if (read.kind !== "ready" || found === undefined) return null;
  const name = `${new Date(info.created).toLocaleString()} ${info.name}`;
  return <Row name={name} found={found} products={read.value.cost.products} />;
}

interface RowProps {
  readonly name: string;
  readonly found: Smallest;
  readonly products?: number;
}

function Row({ name, found, products }: RowProps) {
  const says = isUndecided(found)
    ? "undecided"
    : found.value < 0
      ? "negative: the loss descends"
      : "positive: it curves upwards";
  return (
    <tr>
      <td>{name}</td>
      <td>{formatNumber(found.value, 4)}</td>
      <td>± {formatNumber(found.error, 2)}</td>
      <td>{products === undefined ? "" : formatCount(products)}</td>
      <td>{says}</td>
    </tr>
  );
}
