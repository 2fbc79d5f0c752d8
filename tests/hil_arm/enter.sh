#!/bin/sh
# Runs a command in the root of an ARM system: enter.sh ROOT CHECKOUT COMMAND...
#
# qemu-user translates its programs. CHECKOUT is the working directory there, as /mnt; what is
# mounted is gone when the command ends. No /sys: with what it says of this machine's processor,
# onnxruntime on the translated one crashes.
set -e
# shellcheck disable=SC2016
exec unshare --mount --propagation private sh -ec '
    root=$1 checkout=$2
    shift 2
    mount --bind "$checkout" "$root/mnt"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    mount -t tmpfs tmpfs "$root/run"
    exec chroot "$root" sh -ec "cd /mnt && exec \"\$@\"" sh "$@"
' sh "$@"
