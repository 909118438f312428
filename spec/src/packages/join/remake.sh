# Prints the first of these programs that the image has.
first() {
    for program; do
        if command -v "$program" > /dev/null; then
            echo "$program"
            return
        fi
    done
    echo "several layers changed what one of these programs makes, and the image has none of them: $*" >&2
    return 1
}
# Makes a file anew from other files. The second argument is its folder.
remake() {
    case $1 in
        libraries) ldconfig ;;
        certificates) update-ca-certificates --fresh ;;
        trust) update-ca-trust extract ;;
        schemas)
            program=$(first glib-compile-schemas /usr/lib/*/glib-2.0/glib-compile-schemas) && "$program" "$2"
            ;;
        icons)
            program=$(first gtk-update-icon-cache gtk4-update-icon-cache /usr/lib/*/libgtk-3-0*/gtk-update-icon-cache*) &&
                "$program" -q -f "$2"
            ;;
        types) update-mime-database /usr/share/mime ;;
        applications) update-desktop-database -q /usr/share/applications ;;
        modules)
            program=$(first gio-querymodules gio-querymodules-64 /usr/lib/*/glib-2.0/gio-querymodules) && "$program" "$2"
            ;;
        loaders)
            program=$(first gdk-pixbuf-query-loaders gdk-pixbuf-query-loaders-64 /usr/lib/*/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders) &&
                "$program" --update-cache
            ;;
        encodings) iconvconfig ;;
        locales) locales ;;
        info) for file in /usr/share/info/*.info*; do install-info "$file" /usr/share/info/dir || return 1; done ;;
        manuals) if command -v mandb > /dev/null; then mandb -q; fi ;;
        *)
            echo "the layers cannot be joined: no program makes $1" >&2
            return 1
            ;;
    esac
}
# Makes the archive of locales anew from the list of them. A locale that a layer made without the list would be lost.
locales() {
    locale-gen > /dev/null && localedef --list-archive > "$out/locales" || return 1
    for layer in "$layers"/*; do
        archive=$layer/usr/lib/locale/locale-archive
        [ -f "$archive" ] || continue
        localedef --list-archive "$archive" > "$out/of-layer" || return 1
        if ! are_in "$out/of-layer" "$out/locales"; then
            echo "the layer ${layer##*/} has locales that /etc/locale.gen does not name" >&2
            return 1
        fi
    done
}
# Whether all lines of a file are in another one. Prints those that are not.
are_in() {
    status=0
    grep -vxF -f "$2" "$1" >&2 || status=$?
    [ "$status" = 1 ]
}
