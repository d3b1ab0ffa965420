import { useState } from "preact/hooks";

/** A text to be run elsewhere, with a button that copies it. */
export function CopyLine({ text, label }: { readonly text: string; readonly label?: string }) {
  const [state, setState] = useState<"" | "copied" | "not allowed here">("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      // A page that is not served from localhost or by https has no clipboard: the text can be selected.
      setState("not allowed here");
    }
    setTimeout(() => setState(""), 2000);
  };
  return (
    <span class="copy-line">
      {label !== undefined && <span class="copy-label">{label}</span>}
      <code>{text}</code>
      <button type="button" onClick={() => void copy()} aria-label={`Copy: ${text}`}>
        {state === "" ? "Copy" : state}
      </button>
    </span>
  );
}
