import { useState } from "preact/hooks";
import { formatCount } from "../../../src/cli/format.ts";
import type { ArtefactInfo, Job, Problem, RunReply } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { hello } from "../data/live.ts";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";
import { Measure } from "./measureButton.tsx";

interface ThroughProps {
  readonly reply: RunReply;
  /** The steps whose params are kept, rising. */
  readonly steps: readonly number[];
  /** The slices that were computed, by the step they go through. */
  readonly slices: ReadonlyMap<number, ArtefactInfo>;
  readonly step: number | undefined;
  readonly setStep: (step: number) => void;
  /** Of the plane. */
  readonly flags: Job["flags"];
  readonly cost: (flags: Job["flags"]) => string;
}

/** Moves the plane through the training: parallel to itself, through the params of each step that are kept. */
export function Through({ reply, steps, slices, step, setStep, flags, cost }: ThroughProps) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  if (steps.length < 2) return null;
  const { run } = reply;
  const at = Math.max(0, step === undefined ? steps.length - 1 : steps.indexOf(step));
  const here = steps[at]!;
  const missing = steps.filter((one) => !slices.has(one));
  const words = here === 0 ? "where training began" : `step ${formatCount(here)}`;
  const computeAll = async (): Promise<void> => {
    setProblem(undefined);
    try {
      for (const through of missing) {
        await api.startJob({ kind: "landscape", run: run.id, flags: { ...flags, through } });
      }
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <div class="measure">
      <label class="through">
        the plane goes through{" "}
        <input
          type="range"
          min={0}
          max={steps.length - 1}
          step={1}
          value={at}
          aria-valuetext={words}
          onInput={({ currentTarget }) => setStep(steps[Number(currentTarget.value)] ?? here)}
        />{" "}
        <span class="quiet">
          {words}: {formatCount(at + 1)} of the {formatCount(steps.length)} points of its training
          that are kept
        </span>
      </label>
      {!slices.has(here) && (
        <>
          <p>The plane was not computed through {words} yet.</p>
          <Measure
            run={run.id}
            kind="landscape"
            flags={{ ...flags, through: here }}
            label="Compute it there"
            cost={cost(flags)}
            mine={({ through }) => through === here}
          />
        </>
      )}
      {hello.value?.write === true && missing.length > 1 && (
        <p>
          <button type="button" onClick={() => void computeAll()}>
            Compute it at all {formatCount(missing.length)} that are missing
          </button>{" "}
          <span class="quiet">
            {formatCount(missing.length)} × {cost(flags)}
          </span>
        </p>
      )}
      {problem !== undefined && <ProblemBox problem={problem} place="the landscape" />}
    </div>
  );
}
