umask 022
mkdir -p /etc
for file in /etc/passwd /etc/group; do [ -e "$file" ] || : > "$file"; done
by_name /etc/passwd "$user"
old=$line
if [ -n "$old" ]; then
    # name:password:uid:gid:comment:home:shell
    field=${old#*:}
    password=${field%%:*}
    field=${field#*:}
    if [ "${uid:=${field%%:*}}" != "${field%%:*}" ]; then
        echo "the user $user is there with the uid ${field%%:*}, not $uid" >&2
        exit 1
    fi
    field=${field#*:}
    number=${field%%:*}
    field=${field#*:}
    comment=${field%%:*}
    field=${field#*:}
    : "${home:=${field%%:*}}" "${shell:=${field#*:}}"
else
    if [ -z "$uid" ]; then
        uid=1000
        while by_number /etc/passwd "$uid"; [ -n "$line" ]; do uid=$((uid + 1)); done
    fi
    by_number /etc/passwd "$uid"
    if [ -n "$line" ]; then
        echo "the uid $uid belongs to the user ${line%%:*}: take another, or write replace: true" >&2
        exit 1
    fi
    comment= password='*'
    if [ -e /etc/shadow ]; then password=x; fi
fi
if [ -z "$old" ] || [ -n "$gid" ]; then
    group "$user" "${gid:-$uid}"
    if [ -n "$gid" ] && [ "$number" != "$gid" ]; then
        by_number /etc/group "$gid"
        if [ -z "$line" ]; then
            echo "the group $user is there with the gid $number, not $gid" >&2
            exit 1
        fi
        number=$gid
    fi
fi
: "${home:=/home/$user}"
if [ -z "$shell" ]; then
    shell=/bin/sh
    if [ -x /bin/bash ]; then shell=/bin/bash; fi
fi
put /etc/passwd "$user" "$user:$password:$uid:$number:$comment:$home:$shell"
[ -n "$old" ] || put /etc/shadow "$user" "$user:!::0:99999:7:::"
if [ ! -e "$home" ]; then
    mkdir -p "$home"
    [ ! -d /etc/skel ] || cp -R /etc/skel/. "$home"
    chown -R "$uid:$number" "$home"
    chmod 755 "$home"
fi
