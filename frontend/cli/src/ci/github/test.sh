# Tests of pushed images. A test that fails does not stop the others, but its image gets no tag.
set -u
mkdir -p "$RUNNER_TEMP/tested"
shopt -s nullglob
cat "$RUNNER_TEMP"/built/*.jsonl /dev/null > "$RUNNER_TEMP/images.jsonl"
mapfile -t tests < <(jq -c '.[]' <<< "$VARVE_TESTS")
failed=()
for test in "${tests[@]}"; do
  name=$(jq -r '"\(.target) on \(.platform)" + (if .name then ": " + .name else "" end)' <<< "$test")
  image=$(jq -r --argjson test "$test" 'select(.target == $test.target and .platform == $test.platform).image' "$RUNNER_TEMP/images.jsonl")
  echo "::group::$name"
  if [ -z "$image" ]; then
    echo "::error::$name: there is no image, because its build failed"
    failed+=("$name")
  elif IMAGE="$image" bash -euo pipefail -c "$(jq -r .run <<< "$test")" < /dev/null; then
    jq -r '"\(.target) \(.number)"' <<< "$test" >> "$RUNNER_TEMP/tested/$VARVE_JOB.txt"
  else
    echo "::error::$name: the test failed"
    failed+=("$name")
  fi
  echo "::endgroup::"
done
[ "${#failed[@]}" = 0 ]
