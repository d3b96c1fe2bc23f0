/** The shells that completions are made for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The script that makes a shell ask `codex-dispatch complete -- WORDS… =CURRENT`. CURRENT is the word at the cursor; the sign
 * before it is there because PowerShell before 7.3 drops an argument that is empty. The answer is a line for each word that
 * fits, with its meaning behind a tab, and a last line: `:words`, `:ordered`, `:files`, `:folders` or `:nothing`. Files are
 * offered beside the words, or by bash and PowerShell where no word fits.
 *
 * What is on the line is handed on as arguments and never evaluated: a tab behind `$(…)` must not run what stands there.
 */
export function shellCompletions(shell: Shell): string {
  return SCRIPTS[shell];
}

/** Nothing in it is newer than bash 3.2, which macOS has; that one cannot be told not to offer files. */
const BASH = `# bash completion for codex-dispatch
_codex_dispatch() {
  local words=() word line kind= prefix= tab=$'\\t'
  # bash takes --flag=value apart into three words.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((\${#words[@]} > 0)) && [[ $word == = || \${words[\${#words[@]} - 1]} == --*= ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  words[\${#words[@]} - 1]="=\${words[\${#words[@]} - 1]}"
  if [[ \${COMP_WORDS[COMP_CWORD]} == --*=* ]]; then prefix=\${COMP_WORDS[COMP_CWORD]%%=*}=; fi
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :* ]]; then kind=$line; else COMPREPLY+=("$prefix\${line%%$tab*}"); fi
  done < <(codex-dispatch complete -- "\${words[@]}" 2>/dev/null)
  if type compopt >/dev/null 2>&1; then
    if [[ $kind != :files ]]; then compopt +o default +o bashdefault; fi
    if [[ $kind == :folders ]]; then compopt -o dirnames; fi
    if [[ $kind == :ordered ]]; then compopt -o nosort 2>/dev/null; fi
  fi
  return 0
}
complete -o bashdefault -o default -F _codex_dispatch codex-dispatch
`;

const ZSH = `#compdef codex-dispatch
_codex-dispatch() {
  local -a lines described ordered
  local line
  lines=("\${(@f)$(codex-dispatch complete -- "\${(@Q)words[2,CURRENT-1]}" "=\${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $PREFIX == --*=* ]]; then compset -P '*='; fi
  for line in "\${(@)lines[1,-2]}"; do
    line=\${line//:/\\\\:}
    described+=("\${line/$'\\t'/:}")
  done
  if [[ $lines[-1] == :ordered ]]; then ordered=(-V); fi
  if (($#described)); then _describe $ordered 'codex-dispatch' described; fi
  case $lines[-1] in
    :files) _files ;;
    :folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _codex-dispatch ]]; then
  _codex-dispatch "$@"
else
  compdef _codex-dispatch codex-dispatch
fi
`;

const FISH = `# fish completion for codex-dispatch
function __codex_dispatch_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (codex-dispatch complete -- $words[2..-1] "=$current" 2>/dev/null)
    set -l prefix (string match -r -- '^--[^=]+=' "$current")
    set -l begun (string replace -r -- '^--[^=]+=' '' "$current")
    switch "$lines[-1]"
        case :files
            string replace -r -- '^' "$prefix" $lines[1..-2]
            string replace -r -- '^' "$prefix" (__fish_complete_path "$begun")
        case :folders
            string replace -r -- '^' "$prefix" (__fish_complete_directories "$begun")
        case :words :ordered
            string replace -r -- '^' "$prefix" $lines[1..-2]
    end
end
complete -c codex-dispatch -e
complete -c codex-dispatch -f -k -a '(__codex_dispatch_complete)'
`;

/** Where nothing is returned, PowerShell offers files by itself. */
const POWERSHELL = `# PowerShell completion for codex-dispatch
Register-ArgumentCompleter -Native -CommandName 'codex-dispatch' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    $prefix = if ($wordToComplete -match '^--[^=]+=') { $Matches[0] } else { '' }
    $lines = @(& codex-dispatch complete '--' @words "=$wordToComplete" 2>$null)
    $lines | Where-Object { -not $_.StartsWith(':') } | ForEach-Object {
        $word, $meaning = $_.Split([char] 9, 2)
        if (-not $meaning) { $meaning = $word }
        [System.Management.Automation.CompletionResult]::new("$prefix$word", $word, 'ParameterValue', $meaning)
    }
}
`;

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
