database=$(rpm --eval '%{_dbpath}')
# Writes the headers of a database of packages, and what they miss. The copy is needed because reading writes beside the database.
export_of() {
    path=$database
    while [ -L "$1$path" ]; do
        target=$(readlink "$1$path")
        case $target in
            /*) path=$target ;;
            *) path=${path%/*}/$target ;;
        esac
    done
    mkdir "$out/copy"
    cp -R "$1$path/." "$out/copy"
    headers "$out/copy" "$out/$2"
    unmet "$out/copy" >> "$out/unmet"
    rm -rf "$out/copy"
}
# Writes the headers of a database. rpm leaves out a header that it refuses, and says so.
headers() {
    rpmdb --dbpath "$1" --exportdb > "$2" 2> "$out/said"
    case $(cat "$out/said") in
        *skipping*)
            cat "$out/said" >&2
            exit 1
            ;;
    esac
}
# Lists the packages that others need and that are not installed.
unmet() {
    rpm --dbpath "$1" --verify --all --nofiles --nodigest --nosignature --noscripts || :
}
export_of "$before" exported
for layer in "$layers"/*; do
    export_of "$layer" "exported-${layer##*/}"
done
"$@"
if [ -f "$out/headers" ]; then
    mkdir "$out/joined"
    rpmdb --dbpath "$out/joined" --initdb
    rpmdb --dbpath "$out/joined" --importdb < "$out/headers"
    headers "$out/joined" "$out/imported"
    if [ "$(wc -c < "$out/headers")" != "$(wc -c < "$out/imported")" ]; then
        echo "rpm does not read all packages of the layers" >&2
        exit 1
    fi
    for file in "$database"/*; do
        [ -d "$file" ] || rm -f "$file"
    done
    cp -R "$out/joined/." "$database"
fi
# rpm too goes on if one of these scripts fails.
for trigger in "$out"/filetrigger-????; do
    [ -f "$trigger" ] || continue
    program=$(cat "$trigger.program")
    case $program in
        "<lua>") rpm --eval "%{lua: local files = io.lines('$trigger.files'); rpm.next_file = files; arg = {'', 1, 1}; dofile('$trigger')}" ;;
        *) "$program" "$trigger" 1 1 < "$trigger.files" ;;
    esac || echo "warning: a file trigger failed: $program $trigger" >&2
done
while read -r name folder; do
    remake "$name" "$folder"
done < "$out/remade"
unmet "$database" > "$out/found"
if ! are_in "$out/found" "$out/unmet"; then
    exit 1
fi
