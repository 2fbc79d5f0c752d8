#!/usr/bin/env bash
# Installs, updates, rolls back or removes the lamp on Raspberry Pi OS, Debian or Armbian, 64-bit.
#
#   sudo deploy/install.sh                        install or update from this directory
#   sudo deploy/install.sh --wheelhouse DIR       the same without a network, see wheelhouse.sh
#   sudo deploy/install.sh rollback               back to the version before
#   sudo deploy/install.sh uninstall              remove it; the diary and lamp.yaml stay
#   sudo deploy/install.sh uninstall --erase      remove it with all that it remembers
#
# --no-start leaves the services alone, as while an image is being built.
#
# Every version has a directory of its own, /opt/lamp/VERSION, with its own Python packages and
# units; /opt/lamp/current points to the one in use and /opt/lamp/previous to the one before.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/.." && pwd)
home=/opt/lamp
least_mb=700 # a version takes about 300, and for a while there are three
units="lamp-operator.service lamp-recorder.service lamp-transcriber.service
    lamp-anticipator.service lamp-trainer.service lamp-page.service lamp-mqtt.service lamp-learning.target
    lamp-just-a-switch.service lamp-learning-again.timer"

say() { echo "lamp: $*"; }
die() {
    echo "lamp: $*" >&2
    exit 1
}

check_machine() {
    [ "$(id -u)" = 0 ] || die "this must be done as root. Do: sudo $0"
    case "$(uname -m)/$(getconf LONG_BIT)" in
        aarch64/64 | x86_64/64) ;;
        *) die "this system is not 64-bit ARM or x86 ($(uname -m), $(getconf LONG_BIT)-bit programs)." \
            "Install the 64-bit Raspberry Pi OS, Debian or Armbian" ;;
    esac
    command -v systemctl >/dev/null ||
        die "this system has no systemd. Use Raspberry Pi OS, Debian or Armbian"
    [ -d /run/systemd/system ] || [ "$start" = no ] ||
        die "systemd is not running here. In an image that is being built, add --no-start"
}

check_room() {
    local free_mb
    mkdir -p "$home"
    free_mb=$(df --output=avail -m "$home" | tail -1 | tr -d ' ')
    [ "$free_mb" -ge "$least_mb" ] ||
        die "only $free_mb MB are free under $home, and $least_mb are needed. Make room first"
}

# The few packages of the system that a lamp needs; apt is asked only for those that are missing.
check_packages() {
    local missing=""
    command -v python3 >/dev/null || missing="python3"
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    # Not grep -q, which may end before ldconfig has said all, and so make it fail.
    ldconfig -p | grep 'libportaudio\.so\.2' >/dev/null || missing="$missing libportaudio2"
    if [ -n "$missing" ]; then
        say "installing$missing"
        # shellcheck disable=SC2086 # a list
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null ||
            die "these packages are missing and apt cannot get them:" $missing". Do: sudo apt update"
    fi
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "$(python3 --version) is too old, 3.11 is needed. Use Debian 12 or newer"
}

remove_unfinished() { # what a power cut during an earlier installation left behind
    local each
    for each in "$home"/*/; do
        [ -e "$each" ] && [ ! -L "${each%/}" ] && [ ! -e "$each/complete" ] && rm -rf "$each"
    done
    return 0
}

new_directory() { # for this version, and another one if it is there already
    local version count=2
    version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$source_dir/lamp/__init__.py")
    [ -n "$version" ] || die "$source_dir/lamp is not there. Run this script where it was unpacked"
    directory=$home/$version
    while [ -e "$directory" ]; do
        directory=$home/$version-$count
        count=$((count + 1))
    done
}

build() { # everything of this version into $directory
    say "installing into $directory"
    trap 'rm -rf "$directory"' EXIT
    python3 -m venv "$directory"
    if [ -n "$wheelhouse" ]; then
        "$directory/bin/python" -m pip install -q --no-index --find-links "$wheelhouse" 'lamp[page,mqtt]' ||
            die "$wheelhouse does not have all that $(python3 --version) on $(uname -m) needs." \
                "Make it anew: deploy/wheelhouse.sh"
    else
        mkdir "$directory/source" # setuptools leaves its traces in what it builds from
        (cd "$source_dir" && cp -r lamp models pyproject.toml README.md LICENSE "$directory/source")
        "$directory/bin/python" -m pip install -q -c "$source_dir/requirements.lock" \
            "$directory/source[page,mqtt]" ||
            die "the Python packages could not be fetched. Check the network, or use --wheelhouse"
        rm -rf "$directory/source"
    fi
    cp -r "$source_dir/systemd" "$source_dir/deploy" "$directory/"
    prove
    touch "$directory/complete"
    sync -f "$directory"
    trap - EXIT
}

prove() { # that this version can hear, before it takes the place of one that can
    local clip
    clip=$(find "$directory/lib" -path '*lamp/simulate/clips*' -name '*.wav' -print -quit)
    HOME=/nonexistent "$directory/bin/lamp" transcribe "$clip" >/dev/null ||
        die "the new version does not work on this machine, see above. Nothing was changed"
}

point() { # LINK TARGET, in one step
    ln -s "$2" "$1.new"
    mv -T "$1.new" "$1"
}

activate() { # DIRECTORY: its units, and the link to it
    local from=$1/systemd
    install -m 644 -D "$from/sysusers.conf" /etc/sysusers.d/lamp.conf
    install -m 644 -D "$from/tmpfiles.conf" /etc/tmpfiles.d/lamp.conf
    install -m 644 -D "$from/60-lamp.rules" /etc/udev/rules.d/60-lamp.rules
    install -m 644 -D "$from/lamp-.service.d/sandbox.conf" \
        /etc/systemd/system/lamp-.service.d/sandbox.conf
    install -m 644 -D "$from/systemd-tmpfiles-setup.service.d/lamp.conf" \
        /etc/systemd/system/systemd-tmpfiles-setup.service.d/lamp.conf
    local unit
    for unit in $units; do
        if [ ! -e "$from/$unit" ]; then # an earlier version has fewer
            rm -f "/etc/systemd/system/$unit"
            continue
        fi
        install -m 644 "$from/$unit" "/etc/systemd/system/$unit"
        if [ -e "$from/$unit.d/with-network.conf" ]; then
            install -m 644 -D "$from/$unit.d/with-network.conf" \
                "/etc/systemd/system/$unit.d/with-network.conf"
        fi
    done
    install -m 755 -D "$1/deploy/lamp" /usr/local/bin/lamp
    [ -e /etc/lamp/lamp.yaml ] || install -m 644 -D "$1/deploy/lamp.yaml" /etc/lamp/lamp.yaml
    point "$home/current" "$(basename "$1")"
    systemd-sysusers lamp.conf
    systemd-tmpfiles --create lamp.conf
    systemctl -q enable lamp-operator.service lamp-learning.target
    sync -f /etc/systemd
}

run() { # the version that is current; false if its switch does not work
    [ "$start" = yes ] || return 0
    systemctl daemon-reload
    udevadm control --reload
    udevadm trigger --subsystem-match=gpio --subsystem-match=sound --settle
    systemctl stop lamp-learning.target lamp-just-a-switch.service
    systemctl restart lamp-operator.service || return 1
    systemctl start --no-block lamp-learning.target # lamp status tells what becomes of it
}

reason() { # why the operator does not run, in its own words
    journalctl -q -u lamp-operator.service -o cat -n 20 |
        sed -n 's/^[-0-9 :,]* operator: //p' | tail -1
}

in_use() { basename "$(readlink -f "$home/$1")"; }

do_install() {
    check_room
    check_packages
    remove_unfinished
    new_directory
    build
    local before=""
    [ ! -L "$home/current" ] || before=$(in_use current)
    activate "$directory"
    if ! run; then
        say "the switch does not work: $(reason)" >&2
        [ -n "$before" ] || die "mend that, then: sudo systemctl restart lamp-operator"
        activate "$home/$before"
        run || true
        rm -rf "$directory"
        die "went back to $before"
    fi
    [ -z "$before" ] || point "$home/previous" "$before"
    remove_old
    say "version $(in_use current) is in use. How it does: lamp status"
}

remove_old() { # all but the current version and the one before
    local each name
    for each in "$home"/*/; do
        name=$(basename "$each")
        [ -L "${each%/}" ] || [ "$name" = "$(in_use current)" ] ||
            [ "$name" = "$(in_use previous)" ] || rm -rf "$each"
    done
}

do_rollback() {
    [ -L "$home/previous" ] || die "there is no earlier version. Install one"
    local back from
    back=$(in_use previous)
    from=$(in_use current)
    activate "$home/$back"
    point "$home/previous" "$from"
    run || die "version $back does not work either: $(reason)"
    say "went back from $from to $back. sudo $0 rollback undoes it"
}

do_uninstall() {
    if [ -e /etc/systemd/system/lamp-operator.service ]; then # else it is removed already
        [ "$start" = no ] || systemctl stop lamp-learning.target lamp-just-a-switch.service \
            lamp-operator.service || true
        systemctl -q disable lamp-operator.service lamp-learning.target || true
    fi
    local unit
    for unit in $units; do
        rm -f "/etc/systemd/system/$unit" "/etc/systemd/system/$unit.d/with-network.conf"
        rmdir "/etc/systemd/system/$unit.d" 2>/dev/null || true # what others put there stays
    done
    rm -rf /etc/systemd/system/lamp-.service.d "$home" /run/lamp
    rm -f /etc/sysusers.d/lamp.conf /etc/tmpfiles.d/lamp.conf /etc/udev/rules.d/60-lamp.rules \
        /etc/systemd/system/systemd-tmpfiles-setup.service.d/lamp.conf /usr/local/bin/lamp
    [ "$start" = no ] || systemctl daemon-reload
    if [ "$erase" = yes ]; then
        rm -rf /etc/lamp
        [ ! -d /var/lib/lamp ] || find /var/lib/lamp -mindepth 1 -delete
        rmdir /var/lib/lamp 2>/dev/null || true # stays where it is a partition of its own
        say "removed, with all that it remembered"
    else
        say "removed. Its diary is still in /var/lib/lamp and its settings are in /etc/lamp"
    fi
}

verb=install wheelhouse="" start=yes erase=no
while [ $# -gt 0 ]; do
    case "$1" in
        install | rollback | uninstall) verb=$1 ;;
        --wheelhouse)
            [ -d "${2:-}" ] || die "--wheelhouse wants a directory of wheels, see deploy/wheelhouse.sh"
            wheelhouse=$(cd "$2" && pwd)
            shift
            ;;
        --no-start) start=no ;;
        --erase) erase=yes ;;
        -h | --help)
            sed -n '2,13s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *) die "unknown argument $1. Try --help" ;;
    esac
    shift
done
[ "$erase" = no ] || [ "$verb" = uninstall ] || die "--erase belongs to uninstall"
check_machine
"do_$verb"
