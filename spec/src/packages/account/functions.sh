newline='
'
# The line of file $1 whose name is $2, in $line.
by_name() {
    line=
    while IFS= read -r entry || [ -n "$entry" ]; do
        case $entry in "$2":*) line=$entry; return ;; esac
    done < "$1"
}
# The line of file $1 whose number is $2, in $line.
by_number() {
    line=
    while IFS= read -r entry || [ -n "$entry" ]; do
        field=${entry#*:*:}
        if [ "${field%%:*}" = "$2" ]; then line=$entry; return; fi
    done < "$1"
}
# Writes the line $3 into file $1, if there is one, in place of that of the name $2.
put() {
    [ -e "$1" ] || return 0
    text= seen=
    while IFS= read -r entry || [ -n "$entry" ]; do
        case $entry in "$2":*) entry=$3 seen=1 ;; esac
        text=$text$entry$newline
    done < "$1"
    [ -n "$seen" ] || text=$text$3$newline
    printf %s "$text" > "$1"
}
# The group of the name $1, else of the number $2, else a new one: in $group and $number.
group() {
    by_name /etc/group "$1"
    if [ -z "$line" ] && [ -n "$2" ]; then by_number /etc/group "$2"; fi
    if [ -z "$line" ]; then
        number=$2
        if [ -z "$number" ]; then
            number=999
            while by_number /etc/group "$number"; [ -n "$line" ]; do number=$((number - 1)); done
        fi
        line=$1:x:$number:
        put /etc/group "$1" "$line"
        put /etc/gshadow "$1" "$1:!::"
    fi
    group=${line%%:*}
    number=${line#*:*:}
    number=${number%%:*}
}
# Makes the user $1 a member of the group $2.
join() {
    for file in /etc/group /etc/gshadow; do
        [ -e "$file" ] || continue
        by_name "$file" "$2"
        members=${line##*:}
        case ,$members, in *,"$1",*) continue ;; esac
        [ -z "$line" ] || put "$file" "$2" "$line${members:+,}$1"
    done
}
