# Takes the user and group $1 out of file $2.
drop() {
    [ -e "$2" ] || return 0
    text=
    while IFS= read -r entry || [ -n "$entry" ]; do
        case $entry in "$1":*) continue ;; esac
        members=,${entry##*:},
        case $2:$members in
            /etc/g*:*,"$1",*)
                members=${members%%",$1,"*},${members#*",$1,"}
                members=${members#,}
                entry=${entry%:*}:${members%,}
                ;;
        esac
        text=$text$entry$newline
    done < "$2"
    printf %s "$text" > "$2"
}
if [ -n "$uid" ] && [ -e /etc/passwd ]; then
    by_number /etc/passwd "$uid"
    other=${line%%:*}
    if [ -n "$other" ] && [ "$other" != "$user" ]; then
        field=${line%:*}
        case ${field##*:} in /home/?*) rm -rf "${field##*:}" ;; esac
        for file in passwd shadow group gshadow subuid subgid; do drop "$other" "/etc/$file"; done
    fi
fi
