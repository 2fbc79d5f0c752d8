#!/usr/bin/env bash
# Builds an image for an SD card or a USB stick: Debian 13 for 64-bit ARM with a lamp in it.
#
#   sudo deploy/image/build.sh lamp.img [EXTRA]
#
# Three partitions: LAMP (FAT; boot files and lamp.yaml, for the owner to edit on any computer), the
# root (ext4, never written), and the state (ext4; diary, models, last state). No network, no login,
# nothing to set up. EXTRA is a directory that is copied over the root, for tests.
#
# Boots by UEFI (QEMU, Le Potato with its vendor's UEFI firmware, other UEFI boards) and by the
# firmware of a Raspberry Pi 3, 4 or Zero 2 W. No loop devices. Installs by apt what is
# missing of mmdebstrap, qemu-user-static, dosfstools, mtools, fdisk and e2fsprogs; needs python3 with
# pip and a network for the wheels (or LAMP_WHEELHOUSE=DIR). LAMP_MIRROR is another Debian mirror.
# LAMP_DEBIAN=FILE.tar keeps Debian's part there the first time, and takes it from there later.
set -euo pipefail
image=${1:?where to? deploy/image/build.sh lamp.img}
extra=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
# MB. A boot loader of the board's own, such as U-Boot, fits in front of the first partition.
before_mb=16 boot_mb=240 root_mb=1536 state_mb=256
arguments="root=LABEL=lamp-root ro systemd.volatile=state quiet panic=10"

fail() {
    echo "$*" >&2
    exit 1
}

get_tools() {
    local tool missing=""
    for tool in mmdebstrap mkfs.vfat mkfs.ext4 mcopy sfdisk; do
        command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    can_run_arm || missing="$missing qemu-aarch64"
    [ -n "$missing" ] || return 0
    local packages=(mmdebstrap qemu-user-static dosfstools mtools fdisk e2fsprogs)
    command -v apt-get >/dev/null || fail "missing:$missing. Debian's packages are ${packages[*]}"
    echo "installing what an image needs (missing:$missing)" >&2
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
        "${packages[@]}" >/dev/null
    can_run_arm || register_arm ||
        fail "this machine cannot run ARM programs: mount binfmt_misc and register qemu-aarch64 there"
}

binfmt=/proc/sys/fs/binfmt_misc
can_run_arm() { [ "$(uname -m)" = aarch64 ] || grep -qs enabled $binfmt/qemu-aarch64; }

register_arm() { # where no systemd has done it, as in a container
    [ -e $binfmt/register ] || mount -t binfmt_misc binfmt_misc $binfmt || return 1
    if command -v update-binfmts >/dev/null; then
        update-binfmts --enable qemu-aarch64 || return 1
    else
        grep -h '^:qemu-aarch64:' /usr/lib/binfmt.d/*.conf >$binfmt/register || return 1
    fi
    can_run_arm
}

# shellcheck disable=SC2016 # the inner shell fills it in
in_image() { # a program of the image, with none of the settings of who builds
    env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 unshare --mount sh -ec '
        mount -t proc proc "$1/proc"
        exec chroot "$@"' sh "$root" "$@"
}

debian() { # the packages
    local kept=${LAMP_DEBIAN:-$scratch/debian.tar}
    [ -e "$kept" ] || packages "$kept"
    mkdir "$root"
    tar -xf "$kept" -C "$root" --numeric-owner
}

# shellcheck disable=SC2016 # mmdebstrap fills it in
packages() { # into the archive $1
    # The initial file system is made once, at the end: under emulation it takes minutes.
    INITRD=No mmdebstrap --quiet --arch=arm64 --variant=minbase --format=tar \
        --components=main,non-free-firmware \
        --include=systemd-sysv,systemd-boot-efi,systemd-zram-generator,udev,dbus,kmod \
        --include=linux-image-arm64,initramfs-tools,zstd \
        --include=python3,python3-venv,libportaudio2 \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --customize-hook='chroot "$1" sh -c "cd /root && apt-get -qq download raspi-firmware"' \
        trixie "$1.new" "${LAMP_MIRROR:-$("$here/mirror.sh")}"
    mv "$1.new" "$1"
}

lamp() { # installed by the command that installs it anywhere
    local wheels=${LAMP_WHEELHOUSE:-$scratch/wheels}
    [ -n "${LAMP_WHEELHOUSE:-}" ] || "$source_dir/deploy/wheelhouse.sh" "$wheels" aarch64 3.13
    mkdir -p "$root/tmp/lamp"
    (cd "$source_dir" && cp -r lamp deploy systemd requirements.lock "$root/tmp/lamp")
    cp -r "$wheels" "$root/tmp/wheels"
    in_image /tmp/lamp/deploy/install.sh --no-start --wheelhouse /tmp/wheels
    rm -rf "$root/tmp/lamp" "$root/tmp/wheels"
    rm -rf "$root"/opt/lamp/*/bin/pip* "$root"/var/cache/apt "$root"/var/lib/apt/lists
}

settings() { # what makes an appliance of it
    cp -r "$here/overlay/." "$root/"
    [ -z "$extra" ] || cp -r "$extra/." "$root/"
    ln -sfn /boot/lamp/lamp.yaml "$root/etc/lamp/lamp.yaml"
    install -m 644 -D "$source_dir/deploy/lamp.yaml" "$root/boot/lamp/lamp.yaml" # if the FAT is lost
    : >"$root/etc/machine-id" # every board finds its own
    rm -f "$root/etc/resolv.conf" # that of the machine that builds
    systemctl -q --root="$root" enable tell-lamp-ready.service
    local bench
    for bench in "$root"/etc/systemd/system/bench-*.service; do
        [ ! -e "$bench" ] || systemctl -q --root="$root" enable "$(basename "$bench")"
    done
    systemctl -q --root="$root" mask getty.target serial-getty@.service console-getty.service \
        systemd-networkd.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer \
        dpkg-db-backup.timer e2scrub_all.timer systemd-remount-fs.service
    in_image passwd -q -l root
    in_image update-initramfs -c -k all >/dev/null
}

boot_files() { # what lies on the FAT partition, into $boot
    local version
    version=$(basename "$(echo "$root"/boot/vmlinuz-*)" | sed 's/vmlinuz-//')
    mkdir -p "$boot/EFI/BOOT" "$boot/loader/entries"
    cp "$source_dir/deploy/lamp.yaml" "$boot/"
    cp "$root/boot/vmlinuz-$version" "$boot/vmlinuz"
    cp "$root/boot/initrd.img-$version" "$boot/initrd.img"
    # Unpacked only: the package wants to be master of /boot whenever the kernel changes.
    in_image sh -c 'dpkg-deb -x /root/raspi-firmware_*.deb /root/raspi'
    cp "$root"/root/raspi/usr/lib/raspi-firmware/{bootcode.bin,start*.elf,fixup*.dat} "$boot/"
    cp "$root/usr/lib/linux-image-$version"/broadcom/bcm2{711,837}-rpi-*.dtb "$boot/"
    rm -rf "$root"/root/raspi* "$root"/boot/vmlinuz* "$root"/boot/initrd* "$root"/{initrd,vmlinuz}*
    uefi_settings
    raspberry_settings
}

uefi_settings() { # systemd's boot loader
    cp "$root/usr/lib/systemd/boot/efi/systemd-bootaa64.efi" "$boot/EFI/BOOT/BOOTAA64.EFI"
    printf 'default lamp\ntimeout 0\n' >"$boot/loader/loader.conf"
    cat >"$boot/loader/entries/lamp.conf" <<ENTRY
title Lamp
linux /vmlinuz
initrd /initrd.img
options $arguments
ENTRY
}

raspberry_settings() { # Debian's kernel with its own device trees
    cat >"$boot/config.txt" <<CONFIG
arm_64bit=1
upstream_kernel=1
kernel=vmlinuz
initramfs initrd.img followkernel
CONFIG
    # So that the relay stays as it is while the operator restarts.
    echo "$arguments pinctrl_bcm2835.persist_gpio_outputs=1" >"$boot/cmdline.txt"
}

file_systems() { # from directories, so that nothing has to be mounted
    truncate -s ${boot_mb}M "$scratch/fat"
    mkfs.vfat -F 32 -n LAMP "$scratch/fat" >/dev/null
    mcopy -s -i "$scratch/fat" "$boot"/* ::
    truncate -s ${root_mb}M "$scratch/ext4"
    mkfs.ext4 -q -d "$root" -L lamp-root -O ^has_journal "$scratch/ext4"
    truncate -s ${state_mb}M "$scratch/state"
    mkfs.ext4 -q -L lamp-state "$scratch/state"
}

assemble() { # the three, one behind the other
    truncate -s $((before_mb + boot_mb + root_mb + state_mb))M "$scratch/image"
    sfdisk -q "$scratch/image" <<TABLE
label: dos
start=${before_mb}MiB, size=${boot_mb}MiB, type=c, bootable
size=${root_mb}MiB, type=83
size=${state_mb}MiB, type=83
TABLE
    local at=$before_mb part
    for part in fat:$boot_mb ext4:$root_mb state:$state_mb; do
        dd if="$scratch/${part%:*}" of="$scratch/image" bs=1M seek=$at conv=notrunc,sparse status=none
        at=$((at + ${part#*:}))
    done
    mv "$scratch/image" "$image"
}

[ "$(id -u)" = 0 ] || fail "this must be done as root: the files of the image belong to root"
get_tools
scratch=$(mktemp -d "$(dirname "$(readlink -f "$image")")/image.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root boot=$scratch/boot
debian
lamp
settings
boot_files
file_systems
assemble
echo "$image: $(du -m --apparent-size "$image" | cut -f1) MB, to be written to a card as it is"
