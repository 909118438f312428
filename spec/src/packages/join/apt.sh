# Finds what is wrong with the packages of a file system, whose path is empty for that of the step.
audit() {
    dpkg --admindir="$1/var/lib/dpkg" --audit
}
needs() {
    apt-get -q -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::State::status="$1/var/lib/dpkg/status" check
}
"$@"
set -f
while read -r call; do
    # shellcheck disable=SC2086 # the words of the call
    update-alternatives --quiet $call
done < "$out/alternatives"
set +f
while read -r trigger; do
    dpkg-trigger --no-await "$trigger"
done < "$out/triggers"
dpkg --configure --pending
while read -r name folder; do
    remake "$name" "$folder"
done < "$out/remade"
# What was wrong before is none of the layers' business.
audit "$before" > "$out/known"
audit '' > "$out/found"
if ! are_in "$out/found" "$out/known"; then
    exit 1
fi
if command -v apt-get > /dev/null && ! needs '' && needs "$before" > /dev/null 2>&1; then
    exit 1
fi
