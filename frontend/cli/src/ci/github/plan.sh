# The jobs of this file are for the variants that the family had when it was written.
set -u
plan="$RUNNER_TEMP/plan/bake.json"
jq --arg context "$VARVE_CONTEXT" --arg file "$VARVE_FILE" '.target |= map_values(.context = $context | .dockerfile = $file)' \
  "$RUNNER_TEMP/bake.json" > "$plan"
members=$(jq -r '.target | to_entries | sort_by(.key)[]
  | "\(.key) \(.value.platforms // [] | join(",")) \(.value.tags // [] | length > 0)"' "$plan" | sha256sum)
if [ "${members%% *}" != "$VARVE_MEMBERS" ]; then
  echo "::error::the family has other variants than this workflow: write it again with varve ci"
  exit 1
fi
