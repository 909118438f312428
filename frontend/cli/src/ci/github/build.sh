# One platform of some targets. Images go out without a tag: the job `tag` names them when all their platforms are there and tested.
set -u
plan="$RUNNER_TEMP/plan/bake.json" job="$RUNNER_TEMP/job.json" built="$RUNNER_TEMP/built"
mkdir -p "$built"
read -ra targets <<< "$VARVE_TARGETS"

# An image is pushed by its digest, and caches that are for several platforms get the platform as the end of their names.
jq --arg targets "$VARVE_TARGETS" --arg platform "$VARVE_PLATFORM" --argjson secrets "$VARVE_SECRETS" --argjson repositories "$VARVE_REPOSITORIES" '
  def suffix: $platform | split("/")[1:] | join("-");
  def name: [match("(?:^|[,\"])(?:ref|scope)=([^,\"]+)").captures[0].string][0];
  [.target[] | select((.platforms // []) | length > 1) | ."cache-to"[]? | name] as $shared
  | def own:
      name as $name
      | if $name != null and ($name | IN($shared[])) then
          sub("(?<key>(?:^|[,\"])(?:ref|scope)=)(?<name>[^,\"]+)";
            .key + .name + (if (.key | endswith("scope=")) or (.name | test(":[^/]*$")) then "-" else ":" end) + suffix)
        else . end;
  def with_variable: $secrets.all[ltrimstr("id=")] as $variable | if $variable then . + ",env=" + $variable else . end;
  {target: (.target
    | with_entries(select(.key | IN($targets | split(" ")[])))
    | with_entries(.key as $key | .value |= (
        ((.tags // [])[0] // $repositories[$key]) as $tag
        | .platforms = [$platform]
        | (."cache-from"[]?, ."cache-to"[]?) |= own
        | .secret = [((.secret // []) + [$secrets.extra[] | "id=" + .])[] | with_variable]
        | if .output then .
          elif $tag then
            del(.tags)
            | .output = ["type=image,name=" + ($tag | sub(":[^:/]*$"; "")) + ",push-by-digest=true,name-canonical=true,push=true"]
          else .output = ["type=cacheonly"] end)))}
' "$plan" > "$job"

empty=$(jq -r '[.target[].secret[] | capture("id=(?<id>[^,]+)(,env=(?<env>.*))?")] | unique[] | select((env[.env // .id] // "") == "") | .id' "$job")
if [ -n "$empty" ]; then
  echo "::error::a build needs these secrets, and they are empty or not set: ${empty//$'\n'/, }"
  exit 1
fi

read -ra words <<< "$VARVE_ALLOW"
allow=()
for word in "${words[@]}"; do allow+=(--allow "$word"); done

bake() {
  docker buildx bake --file "$job" --metadata-file "$RUNNER_TEMP/metadata.json" "${allow[@]}" "$@" || return
  jq -c --arg platform "$VARVE_PLATFORM" --slurpfile job "$job" '
    to_entries[]
    | select((.value | type) == "object" and .value["containerimage.digest"] != null)
    | ($job[0].target[.key].output[0] | capture("name=(?<name>[^,]+)").name) as $name
    | {target: .key, platform: $platform, image: ($name + "@" + .value["containerimage.digest"]),
       tags: (.value["frontend.varve.facts"].tags // [])}
  ' "$RUNNER_TEMP/metadata.json" >> "$built/$VARVE_JOB.jsonl"
}

# Bake stops all targets when one fails. The second time each is built alone, and finds what the first time built.
if bake "${targets[@]}"; then exit 0; fi
if [ "${#targets[@]}" = 1 ]; then exit 1; fi
failed=()
for target in "${targets[@]}"; do
  echo "::group::$target alone"
  bake "$target" || failed+=("$target")
  echo "::endgroup::"
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "::error::${#failed[@]} of ${#targets[@]} targets failed on $VARVE_PLATFORM: ${failed[*]}"
  exit 1
fi
