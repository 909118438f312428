# Joins the platforms of each image under its tags. What is not whole, or failed a test, keeps the tags that it had.
set -u
plan="$RUNNER_TEMP/plan/bake.json"
shopt -s nullglob
cat "$RUNNER_TEMP"/built/*.jsonl /dev/null > "$RUNNER_TEMP/images.jsonl"
cat "$RUNNER_TEMP"/tested/*.txt /dev/null > "$RUNNER_TEMP/tested.txt"

# For each target: its name, what is wrong with it, its images, its tags.
jq -r --slurpfile images "$RUNNER_TEMP/images.jsonl" --rawfile tested "$RUNNER_TEMP/tested.txt" --arg tests "$VARVE_TESTS" \
  --argjson repositories "$VARVE_REPOSITORIES" '
  ($images | group_by(.target) | map({key: .[0].target, value: .}) | from_entries) as $built
  | ($tested | split("\n")) as $tested
  | ($tests | split("\n") | map(select(. != "") | select(IN($tested[]) | not) | split(" ")[0])) as $untested
  | .target | to_entries[]
  | select(.value.output == null and ((.value.tags // [] | length > 0) or $repositories[.key] != null))
  | .key as $target
  | ($built[$target] // []) as $have
  | ((.value.platforms // []) - [$have[].platform]) as $missing
  | [ $target,
      (if $have == [] or $missing != [] then "it was not built" + (if $missing == [] then "" else " for " + ($missing | join(", ")) end)
       elif ($target | IN($untested[])) then "a test failed" else "" end),
      ([$have[].image] | unique | join(" ")),
      ((.value.tags // []) + [$have[].tags[]] | unique | join(" ")) ]
  | join("\u001f")' "$plan" > "$RUNNER_TEMP/targets.txt"

mapfile -t patterns <<< "$VARVE_MOVING"
moves() {
  local pattern
  # shellcheck disable=SC2053 # The pattern is one.
  for pattern in "${patterns[@]}"; do [[ $1 == $pattern ]] && return 0; done
  return 1
}

mkdir -p "$RUNNER_TEMP/failed"
while IFS=$'\x1f' read -r target problem images tags; do
  options=()
  for tag in $tags; do
    if moves "$tag"; then kind=moving; else kind=fixed; fi
    if [ "$kind" = "$VARVE_KIND" ]; then options+=(--tag "$tag"); fi
  done
  if [ -n "$problem" ]; then
    echo "::error::$target is not tagged: $problem"
    touch "$RUNNER_TEMP/failed/$target"
  elif [ "${#options[@]}" -gt 0 ]; then
    while [ "$(jobs -rp | wc -l)" -ge 8 ]; do wait -n || true; done
    read -ra words <<< "$images"
    { docker buildx imagetools create --prefer-index=false "${options[@]}" "${words[@]}" 2>&1 && echo "$target: ${options[*]}"; } ||
      { echo "::error::$target is not tagged: the registry refused it"; touch "$RUNNER_TEMP/failed/$target"; } &
  fi
done < "$RUNNER_TEMP/targets.txt"
wait
failed=("$RUNNER_TEMP"/failed/*)
[ "${#failed[@]}" = 0 ]
