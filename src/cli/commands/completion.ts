import { NadirError } from "../../base/errors.ts";
import { openStore } from "../../runs/store.ts";
import type { Command, CommandEntry } from "../command.ts";
import { complete } from "../completion.ts";
import { exitCode } from "../exitCodes.ts";

/** Runs that are offered: the latest. */
const RUNS = 200;

/**
 * `nadir completion SHELL`: what the shell is to read, to complete commands, flags, runs and settings.
 *
 * @param commands - the command table, of which all of it is made
 */
export const completionOf =
  (commands: readonly CommandEntry[]): Command =>
  async ({ words, output, store, cwd }) => {
    const [shell = "", ...line] = words;
    const script = scripts.get(shell);
    if (script === undefined) {
      throw new NadirError("completion/shell", `there is no completion for "${shell}"`, {
        expected: `one of ${[...scripts.keys()].join(", ")}`,
      });
    }
    if (line.length === 0) {
      output.result(script, { schema: "nadir.completion/1", shell, script });
      return exitCode.done;
    }
    const { words: found, files } = await complete(line, commands, {
      cwd,
      runs: (other) => runsIn(other ?? store),
      terms: async () => Object.keys((await import("../terms.ts")).terms),
    });
    const lines = files ? [":files", ...found] : found;
    output.result(() => lines.join("\n"), { schema: "nadir.candidates/1", words: found, files });
    return exitCode.done;
  };

async function runsIn(dir: string): Promise<string[]> {
  try {
    await using opened = await openStore(dir, { readOnly: true });
    const known = opened.latest(RUNS);
    return ["@", ...known.flatMap(({ id, name }) => (/^[\w./-]+$/.test(name) ? [id, name] : [id]))];
  } catch (error) {
    // No store, or a damaged one: there is nothing to offer, and nobody to tell.
    if (error instanceof NadirError) return [];
    throw error;
  }
}

const bash = `# nadir: source <(nadir completion bash)
_nadir() {
  local word files= cur="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r word; do
    if [[ $word == :files ]]; then files=1; elif [[ -n $word ]]; then COMPREPLY+=("$word"); fi
  done < <("\${COMP_WORDS[0]}" completion bash -- "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2> /dev/null)
  if [[ -n $files ]]; then
    compopt -o filenames 2> /dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
  fi
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null
  return 0
}
complete -F _nadir nadir`;

const zsh = `#compdef nadir
# nadir: source <(nadir completion zsh), after compinit
_nadir() {
  local -a found keys
  local word files=
  for word in "\${(@f)$("\${words[1]}" completion zsh -- "\${(@)words[1,CURRENT]}" 2> /dev/null)}"; do
    case $word in
      :files) files=1 ;;
      *=) keys+=("$word") ;;
      ?*) found+=("$word") ;;
    esac
  done
  (( \${#keys} )) && compadd -S '' -- "\${keys[@]}"
  (( \${#found} )) && compadd -- "\${found[@]}"
  [[ -n $files ]] && _files
  return 0
}
compdef _nadir nadir`;

const fish = `# nadir: nadir completion fish | source
function __nadir_complete
  set -l line (commandline -opc) (commandline -ct)
  for word in ($line[1] completion fish -- $line 2> /dev/null)
    if test "$word" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $word
    end
  end
end
complete -c nadir -f -a "(__nadir_complete)"`;

const scripts: ReadonlyMap<string, string> = new Map(Object.entries({ bash, zsh, fish }));
