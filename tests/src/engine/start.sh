# The first process of the engine's own mount and process namespaces: makes the mounts that a daemon in a changed root
# needs, then starts the daemon and reaps what it leaves. Called as: sh start.sh ROOT DATA COMMAND...
set -eu
root=$1 data=$2
shift 2
mount --bind "$root" "$root"
mount --make-rprivate "$root"
# Entered anew, so that the path is the mount and not the folder below it.
cd "$root"
mkdir -p var/lib/docker proc sys dev
mount --bind "$data" "$root/var/lib/docker"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
chroot "$root" "$@" &
daemon=$!
trap 'kill -TERM "$daemon"' TERM INT
code=0
while kill -0 "$daemon" 2>/dev/null; do
    wait "$daemon" && code=0 || code=$?
done
exit "$code"
