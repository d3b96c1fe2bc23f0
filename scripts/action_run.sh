#!/usr/bin/env bash
# What action.yml runs. The action's inputs reach it as variables: as text of a script they could say anything.
set -uo pipefail

given=()
while IFS= read -r line; do
  line=${line%$'\r'}
  if [[ -n ${line//[[:space:]]/} ]]; then given+=(--input "$line"); fi
done <<<"${DISPATCH_INPUTS-}"

directory=$(codex-dispatch pipeline run "$DISPATCH_PIPELINE" ${given[@]+"${given[@]}"})
status=$?

# One line, whatever it is: a second one would be another output of the action.
directory=${directory%%$'\n'*}
{
  printf 'exit-code=%s\n' "$status"
  printf 'directory=%s\n' "$directory"
  # The runs lie beside the pipelines.
  if [[ -d $directory ]]; then printf 'records=%s\n' "$(dirname "$(dirname "$directory")")"; fi
} >>"$GITHUB_OUTPUT"
if [[ -f $directory/summary.md ]]; then cat "$directory/summary.md" >>"$GITHUB_STEP_SUMMARY"; fi
exit "$status"
