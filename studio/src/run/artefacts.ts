import { useEffect, useState } from "preact/hooks";
import type { ArtefactInfo, Problem } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { problemOf } from "../parts/problemBox.tsx";

export type Read<T> =
  | { readonly kind: "none" }
  | { readonly kind: "reading" }
  | { readonly kind: "failed"; readonly problem: Problem }
  | { readonly kind: "ready"; readonly value: T; readonly info: ArtefactInfo };

/** The newest of a kind of artefacts that are JSON. */
export const newestOf = (
  artefacts: readonly ArtefactInfo[],
  kind: string,
): ArtefactInfo | undefined =>
  artefacts.findLast((one) => one.kind === kind && one.mediaType === "application/json");

/** An artefact's content, read when it is shown. `T` is what the command that made it writes. */
export function useArtefact<T>(run: string, info: ArtefactInfo | undefined): Read<T> {
  const sha256 = info?.sha256;
  const [found, setFound] = useState<{ sha256: string; read: Read<T> } | undefined>(undefined);
  useEffect(() => {
    if (sha256 === undefined || info === undefined) return;
    let wanted = true;
    const tell = (read: Read<T>): void => {
      if (wanted) setFound({ sha256, read });
    };
    api.artefact<T>(run, sha256).then(
      (value) => tell({ kind: "ready", value, info }),
      (error: unknown) => tell({ kind: "failed", problem: problemOf(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [run, sha256]);
  if (info === undefined) return { kind: "none" };
  return found?.sha256 === sha256 ? found!.read : { kind: "reading" };
}
