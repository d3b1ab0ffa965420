import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { boundNow, shortcutsOn, switchShortcuts } from "./keyboard.ts";

export const helpOpen = signal(false);

/** Every shortcut that works on this view, told by those that bound them. */
export function Help(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  /** Whether the browser has yet to tell that the page itself has closed it: it may be asked for again until then. */
  const closed = useRef(false);
  const open = helpOpen.value;
  useEffect(() => {
    const shown = dialog.current?.open === true;
    if (open && !shown) dialog.current?.showModal();
    if (open || !shown) return;
    closed.current = true;
    dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Keyboard and help"
      onClose={() => {
        if (!closed.current) helpOpen.value = false;
        closed.current = false;
      }}
    >
      {open ? <HelpContent /> : null}
    </dialog>
  );
}

const HelpContent = (): JSX.Element => (
  <>
    <h2>Keyboard</h2>
    {boundNow().map(([group, all]) => (
      <section key={group}>
        <h3>{group}</h3>
        <dl>
          {all.map(({ keys, does }) => (
            <div key={keys}>
              <dt>
                {(keys === " " ? [keys] : keys.split(" ")).map((key) => (
                  <kbd key={key}>{names[key] ?? key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </section>
    ))}
    <label>
      <input
        type="checkbox"
        checked={shortcutsOn.value}
        onChange={({ currentTarget }) => switchShortcuts(currentTarget.checked)}
      />{" "}
      shortcuts of single keys
    </label>
    <button type="button" onClick={() => (helpOpen.value = false)}>
      Close
    </button>
  </>
);

const names: Readonly<Record<string, string>> = {
  " ": "Space",
  Escape: "Esc",
  ArrowRight: "→",
  ArrowLeft: "←",
  ArrowUp: "↑",
  ArrowDown: "↓",
};
