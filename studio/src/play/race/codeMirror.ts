/** The editor's library, in a chunk of its own. */
import { history, historyKeymap, standardKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import {
  bracketMatching,
  ensureSyntaxTree,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
  syntaxTree,
} from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Problem } from "../kernel/protocol.ts";

/** An editor that is there. */
export interface CodeEditor {
  setText(text: string): void;
  /** Marks a problem; gives it back with the place that the editor found for it. */
  show(problem: Problem | undefined): Problem | undefined;
  focus(): void;
  dispose(): void;
}

const theme = EditorView.theme({
  "&": { fontSize: "12.5px", height: "100%", color: "var(--text)", background: "var(--surface)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-gutters": { background: "var(--surface)", color: "var(--quiet)", border: "none" },
  ".cm-activeLine": { background: "var(--hover)" },
  ".cm-activeLineGutter": { background: "var(--hover)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { background: "var(--selected)" },
  ".cm-tooltip": {
    background: "var(--raised)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    whiteSpace: "pre-wrap",
    maxWidth: "360px",
  },
});

const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.modifier], color: "var(--accent)" },
  { tag: [tags.number, tags.bool], color: "var(--orange)" },
  { tag: tags.string, color: "var(--green)" },
  { tag: tags.typeName, color: "var(--teal)" },
  { tag: tags.invalid, color: "var(--red)" },
]);

/** Puts an editor into a place. In a shadow, because only there may a page with a strict policy be given styles by a script. */
export function openEditor(
  place: HTMLElement,
  text: string,
  onChange: (text: string) => void,
): CodeEditor {
  const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
  let own = false;
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        ...[lineNumbers(), history(), bracketMatching(), indentOnInput(), highlightActiveLine()],
        ...[javascript({ typescript: true }), syntaxHighlighting(colours), lintGutter(), theme],
        keymap.of([...standardKeymap, ...historyKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "The loss, in TypeScript", tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !own) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText: (next) => {
      if (next === view.state.doc.toString()) return;
      own = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      own = false;
    },
    show: (problem) => {
      const placed = problem?.syntax === true ? { ...problem, ...brokenAt(view.state) } : problem;
      view.dispatch(setDiagnostics(view.state, placed === undefined ? [] : [mark(view, placed)]));
      return placed;
    },
    focus: () => view.focus(),
    dispose: () => view.destroy(),
  };
}

/** Where the editor's own grammar, which mends what it can, first met what it could not read. */
function brokenAt(state: EditorState): Pick<Problem, "line" | "column"> {
  let first: number | undefined;
  (ensureSyntaxTree(state, state.doc.length, 200) ?? syntaxTree(state)).iterate({
    enter: ({ type, from }) => {
      if (type.isError && first === undefined) first = from;
    },
  });
  if (first === undefined) return {};
  const line = state.doc.lineAt(first);
  return { line: line.number, column: first - line.from + 1 };
}

function mark({ state }: EditorView, problem: Problem): Diagnostic {
  const line = state.doc.line(Math.min(problem.line ?? 1, state.doc.lines));
  const from = Math.min(line.to, line.from + Math.max(0, (problem.column ?? 1) - 1));
  const whole = problem.column === undefined || from >= line.to;
  return {
    from: whole ? line.from : from,
    to: line.to,
    severity: "error",
    message: inWords(problem),
  };
}

const inWords = ({ summary, expected, hint }: Problem): string =>
  [summary, expected && `expected: ${expected}`, hint && `try: ${hint}`].filter(Boolean).join("\n");
