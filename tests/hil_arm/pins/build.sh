#!/usr/bin/env bash
# Builds the simulated pins for the kernel of an image: pins/build.sh VERSION TARGET
#
# With Debian's own ARM compiler and kernel headers, unpacked beside everything else. Needs root and
# what deploy/image/build.sh needs.
set -euo pipefail
version=$1 target=$2
here=$(cd "$(dirname "$0")" && pwd)
mirror=${LAMP_MIRROR:-$("$here/../../../deploy/image/mirror.sh")}

scratch=$(mktemp -d "$(dirname "$target")/pins.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root
mmdebstrap --quiet --arch=arm64 --variant=extract --components=main \
    --include="linux-headers-$version,make,base-files,bash,dash,coreutils,sed,grep,mawk,findutils,perl-base,kmod" \
    trixie "$root" "$mirror" || {
    echo "no headers of the kernel $version: if the image is older than what $mirror has, remove" \
        "debian-arm-* and image-* from ~/.cache/lamp-hil" >&2
    exit 1
}
ln -sf mawk "$root/usr/bin/awk"
mkdir "$root/pins"
cp "$here/potato_pins.c" "$here/Kbuild" "$root/pins/"
chroot "$root" make -s -C "/usr/src/linux-headers-$version" M=/pins modules >"$scratch/log" 2>&1 ||
    { tail -20 "$scratch/log" >&2; exit 1; }
mv "$root/pins/potato_pins.ko" "$target"
