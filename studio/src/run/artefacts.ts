import { useEffect, useState } from "preact/hooks";
import type { ArtefactInfo, Problem } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { problemOf } from "../parts/problemBox.tsx";

/** What `nadir landscape --json` says of a slice; null stands for what is not finite. */
export interface LandscapeArtefact {
  readonly at: string;
  readonly axes: readonly {
    readonly name: string;
    readonly length: number;
    readonly coordinates: readonly number[];
  }[];
  readonly values: readonly (number | null)[];
  readonly loss: number;
  readonly trajectory?: readonly {
    readonly coordinates: readonly number[];
    readonly outside: number;
  }[];
  readonly explained?: readonly number[];
  readonly rows: number;
  readonly ofRows: number;
  readonly cost: { readonly evaluations: number; readonly seconds: number };
}

/** What `nadir spectrum --json` says. */
export interface SpectrumArtefact {
  readonly at: string;
  readonly matrix: "hessian" | "gauss-newton";
  readonly size: number;
  readonly rows: number;
  readonly ofRows: number;
  readonly largest: readonly { readonly value: number; readonly error: number }[];
  readonly smallest: readonly { readonly value: number; readonly error: number }[];
  readonly outliers: { readonly count: number; readonly rule: string };
  readonly trace?: { readonly value: number; readonly standardError: number };
  readonly density?: {
    readonly at: readonly number[];
    readonly density: readonly number[];
    readonly standardError: readonly number[];
    readonly width: number;
  };
  readonly cost: { readonly products: number; readonly seconds: number };
}

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
