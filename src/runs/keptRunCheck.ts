import { NadirError } from "../base/errors.ts";
import { requireArtefact } from "./artefacts.ts";
import type { KeptRun } from "./keptRun.ts";
import { requireNoteText } from "./notes.ts";
import { requireRunName } from "./recording.ts";
import { requireSeriesName } from "./runWriter.ts";
import { openSealed } from "./sealedTensors.ts";
import { requireTag } from "./tags.ts";

/** Of a run: what becomes a folder's name. */
const isRunId = /^[a-z][a-z0-9]{1,15}$/;
const isFileName = /^(?:params|ck-(?:0|[1-9]\d{0,15}))\.safetensors$/;
/** A date that JavaScript can still tell, in milliseconds. */
const LATEST = 8.64e15;

/**
 * Refuses a run that no store would have written, before anything of it becomes a row, a folder or a file.
 *
 * @throws NadirError `store/kept-run`; `store/name`, `store/tag`, `store/note`, `store/artefact`, `store/series-name`;
 *   `checkpoint/…` for a file of tensors that is not as it was sealed
 */
export function requireKeptRun(run: KeptRun): void {
  const { id, heartbeat, created, archived } = run;
  if (!isRunId.test(id)) throw refused(`a run's id is ${JSON.stringify(id.slice(0, 100))}`, "k3f9");
  for (const time of [created, heartbeat, archived ?? 0, ...run.notes.map((n) => n.created)]) {
    if (!(Math.abs(time) <= LATEST)) throw refused(`a time of run ${id} is ${time}`, "a date");
  }
  requireRunName(run.name);
  for (const [what, text] of Object.entries(textsOf(run))) {
    if (/\0|\p{Surrogate}/u.test(text ?? "")) {
      throw refused(`the ${what} of run ${id} is no text`, "no NUL, and no lone surrogates");
    }
  }
  for (const tag of run.tags) requireTag(tag);
  for (const { text, step } of run.notes) {
    requireNoteText(text);
    if (step !== undefined && !Number.isFinite(step))
      throw refused(`a note's step is ${step}`, "1");
  }
  for (const artefact of run.artefacts) requireArtefact(artefact);
  run.events.forEach(({ seq }, i) => {
    const before = run.events[i - 1]?.seq ?? -1;
    if (Number.isSafeInteger(seq) && seq > before) return;
    throw refused(`event ${i} of run ${id} has the number ${seq}`, "numbers that count up from 0");
  });
  for (const [name, { steps, values }] of run.series) {
    requireSeriesName(name);
    if (steps.length === values.length && steps.length > 0) continue;
    const found = `${steps.length} steps and ${values.length} values`;
    throw refused(
      `series ${name} of run ${id} has ${found}`,
      "a step for each value, and one at least",
    );
  }
  const names = run.files.map(({ name }) => name);
  for (const { name, bytes } of run.files) {
    if (!isFileName.test(name) || names.indexOf(name) !== names.lastIndexOf(name)) {
      const wanted = "params.safetensors or ck-STEP.safetensors, each once";
      throw refused(`a file of run ${id} is named ${JSON.stringify(name.slice(0, 100))}`, wanted);
    }
    openSealed(bytes, `${name} of run ${id}`);
  }
}

const textsOf = ({ command, file, revision, parent }: KeptRun) => ({
  ...{ command, file, revision, parent },
});

const refused = (what: string, expected: string): NadirError =>
  new NadirError("store/kept-run", what, { expected });
