# Runs a command inside of a root, with folders of the machine: sh in_root.sh ROOT [FOLDER INSIDE ro|rw]... -- COMMAND...
# It is called in a mount namespace of its own, which ends with the command.
set -eu
root=$1
shift
# A program in it that changes its own root needs a mount there.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
while [ "$1" != -- ]; do
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    mount -o "remount,bind,$3" "$root$2"
    shift 3
done
shift
exec chroot "$root" "$@"
