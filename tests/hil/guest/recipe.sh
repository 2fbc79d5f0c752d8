#!/usr/bin/env bash
# Makes the root file system of the Debian 13 guest: recipe.sh IMAGE
#
# Plain Debian as on a small board, and the bench's own few files. No lamp: that is installed in
# the running guest. Needs root, mmdebstrap and e2fsprogs; packages come from this machine's mirror.
set -euo pipefail
image=$1
here=$(cd "$(dirname "$0")" && pwd)

mirror=${LAMP_HIL_MIRROR:-$("$here/../../../deploy/image/mirror.sh")}

scratch=$(mktemp -d "$(dirname "$image")/guest.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mmdebstrap --quiet --variant=minbase --components=main \
    --include=systemd,systemd-sysv,udev,dbus,python3,python3-venv,libportaudio2,procps,kmod,sudo \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    trixie "$scratch/root" "$mirror"
cp -r "$here/overlay/." "$scratch/root/"
cat >"$scratch/root/etc/fstab" <<'FSTAB'
/dev/ubdb /var/lib/lamp ext4 defaults,noatime,nofail,x-systemd.device-timeout=90s 0 0
FSTAB
echo lamp >"$scratch/root/etc/hostname"
mkdir -p "$scratch/root/etc/systemd/journald.conf.d" "$scratch/root/var/lib/lamp"
printf '[Journal]\nStorage=volatile\n' >"$scratch/root/etc/systemd/journald.conf.d/bench.conf"
systemctl -q --root="$scratch/root" enable bench-gpio.service bench-agent.service
# What takes time at every boot and has no say in what is tested.
systemctl -q --root="$scratch/root" mask getty.target serial-getty@.service systemd-timesyncd.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
    systemd-logind.service systemd-networkd.service ldconfig.service systemd-hwdb-update.service \
    modprobe@.service systemd-modules-load.service systemd-binfmt.service \
    proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount dev-hugepages.mount \
    systemd-random-seed.service systemd-journal-catalog-update.service systemd-update-done.service \
    systemd-hostnamed.socket systemd-update-utmp.service systemd-update-utmp-runlevel.service \
    systemd-tpm2-setup.service systemd-tpm2-setup-early.service systemd-pcrphase.service \
    systemd-user-sessions.service sys-kernel-debug.mount sys-kernel-tracing.mount \
    systemd-machine-id-commit.service systemd-remount-fs.service systemd-udev-load-credentials.service
echo 4c616d7042656e63684d616368696e65 >"$scratch/root/etc/machine-id"
touch "$scratch/root/etc/.updated" "$scratch/root/var/.updated"
truncate -s 2G "$scratch/image"
mkfs.ext4 -q -d "$scratch/root" -L guest -O ^metadata_csum_seed "$scratch/image"
mv "$scratch/image" "$image"
