import { formatNumber } from "../../../src/cli/format.ts";
import { type MarkKind, markWord, VerdictMark } from "../parts/verdictMark.tsx";

/** Half the side of the field that a mark is drawn on. */
const HALF = 44;

/**
 * The mark of a run, large. Where both ends of its spectrum are known it is drawn from them: the loss along the
 * steepest and along the flattest or falling direction, as high as their curvatures are apart in magnitude.
 */
export function BigMark({
  kind,
  largest,
  smallest,
}: {
  readonly kind: MarkKind;
  readonly largest: number | undefined;
  readonly smallest: number | undefined;
}) {
  const known = largest !== undefined && smallest !== undefined && largest > 0;
  if (!known || !Number.isFinite(smallest)) {
    return (
      <span class="big-mark">
        <VerdictMark kind={kind} size={96} />
      </span>
    );
  }
  const bend = (curvature: number): number => {
    const share = Math.abs(curvature) / Math.max(largest, Math.abs(smallest));
    // Six decades below the largest are flat to the eye.
    return Math.sign(curvature) * Math.max(0, 1 + Math.log10(Math.max(share, 1e-9)) / 6);
  };
  const curve = (curvature: number): string => {
    const points = Array.from({ length: 25 }, (_, i) => {
      const x = (i - 12) / 12;
      return `${(48 + HALF * x).toFixed(1)} ${(52 - HALF * bend(curvature) * x * x * 0.9).toFixed(1)}`;
    });
    return `M${points.join("L")}`;
  };
  return (
    <span class="big-mark">
      <svg
        role="img"
        aria-label={`${markWord(kind)}, drawn from its curvatures`}
        viewBox="0 0 96 96"
        width="96"
        height="96"
      >
        <path class="big-mark-steep" d={curve(largest)} />
        <path class={smallest < 0 ? "big-mark-descent" : "big-mark-flat"} d={curve(smallest)} />
        <circle class="big-mark-point" cx="48" cy="52" r="4" />
      </svg>
      <span class="big-mark-words">
        curvature
        <br />
        {formatNumber(smallest, 2)} … {formatNumber(largest, 2)}
      </span>
    </span>
  );
}
