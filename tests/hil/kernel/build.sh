#!/usr/bin/env bash
# Builds the two User-Mode Linux kernels that `make hil` boots, once: about 15 minutes of CPU.
#
#     tests/hil/kernel/build.sh           builds what is missing, prints where the kernels are
#     tests/hil/kernel/build.sh --where   only prints it; fails if one is missing
#
# The source is Debian's linux-source-6.12 of trixie, fetched with package lists of its own:
# nothing about the system's apt changes. Kept in $LAMP_HIL_CACHE (~/.cache/lamp-hil), under a
# name that depends on the configuration, so that a change here builds anew.
#
#     LAMP_HIL_KERNEL, LAMP_HIL_KERNEL_TIMETRAVEL   kernels that are built already: used as they are
#     LAMP_HIL_SOURCE   a linux-source-6.12.tar.xz, for a machine without network
#     LAMP_HIL_MIRROR   another Debian mirror than the one this machine uses
#
# Ends with 69 where this machine cannot have them (no x86, no tools and not root, no mirror to be
# reached, no User-Mode Linux allowed), and with 1 where it could and something went wrong.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
cache=${LAMP_HIL_CACHE:-${XDG_CACHE_HOME:-$home/.cache}/lamp-hil}
key=$(cat "$here/lamp.config" "$here/bench.patch" | sha256sum)
place=$cache/kernel-${key:0:12}
plain=${LAMP_HIL_KERNEL:-$place/linux}
timetravel=${LAMP_HIL_KERNEL_TIMETRAVEL:-$place/linux-timetravel}
package=linux-source-6.12
tools=(gcc strip make flex bison bc cpio rsync xz patch perl)
packages=(gcc binutils libc6-dev make flex bison bc cpio rsync xz-utils patch perl kmod
    libelf-dev libssl-dev)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { echo "$1" >&2; exit 1; }
cannot() { echo "no hardware in the loop here: $1" >&2; exit 69; }

get_tools() {
    local missing=() tool header
    for tool in "${tools[@]}"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
    for header in stdio.h libelf.h openssl/ssl.h; do
        [ -e "/usr/include/$header" ] || missing+=("$header")
    done
    if [ -z "${LAMP_HIL_SOURCE:-}" ] && [ ! -e "$keyring" ]; then
        missing+=("$keyring")
        packages+=(debian-archive-keyring)
    fi
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        cannot "the kernel needs ${missing[*]}: sudo apt install ${packages[*]}"
    fi
    echo "installing what a kernel build needs (${missing[*]} missing)" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update >&2 || cannot "apt reaches no mirror"
    apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install "${packages[@]}" >/dev/null ||
        cannot "apt cannot get ${packages[*]}"
}

get_source() {  # into $work/source
    if [ -n "${LAMP_HIL_SOURCE:-}" ]; then
        cp "$LAMP_HIL_SOURCE" "$work/$package.tar.xz"
    else
        command -v apt-get >/dev/null || cannot "no apt: set LAMP_HIL_SOURCE to a $package.tar.xz"
        local mirror=${LAMP_HIL_MIRROR:-$("$here/../../../deploy/image/mirror.sh")}
        local apt=(apt-get -qq -o "Dir::State=$work/apt" -o "Dir::State::status=$work/apt/status"
            -o "Dir::Cache=$work/apt" -o "Dir::Etc::sourcelist=$work/apt/sources.list"
            -o Dir::Etc::sourceparts=- -o APT::Sandbox::User= -o Acquire::Retries=3)
        mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial"
        : > "$work/apt/status"
        echo "deb [signed-by=$keyring] $mirror trixie main" > "$work/apt/sources.list"
        "${apt[@]}" -o APT::Update::Error-Mode=any update >&2 || cannot "$mirror is not reached"
        (cd "$work" && "${apt[@]}" download "$package" >&2) || cannot "$mirror gives no $package"
        dpkg-deb --fsys-tarfile "$work/$package"_*.deb |
            tar -xO "./usr/src/$package.tar.xz" > "$work/$package.tar.xz"
    fi
    mkdir "$work/source"
    tar -xf "$work/$package.tar.xz" -C "$work/source" --strip-components=1
    patch -s -p1 -d "$work/source" < "$here/bench.patch"
}

build() {  # a kernel at $1 with the further settings "$2"
    local log=$work/build.log lost
    { cat "$here/lamp.config"; echo "$2"; } >> "$work/source/.config"
    make -C "$work/source" ARCH=um olddefconfig > "$log" 2>&1 || { tail -20 "$log" >&2; exit 1; }
    lost=$(echo "$2" | cat "$here/lamp.config" - | grep -E '^CONFIG_(GPIO|SND_A|HOSTFS|UML_T|UBD|SECC)' |
        grep -vxFf "$work/source/.config" || true)
    [ -z "$lost" ] || fail "this kernel source does not take: $lost"
    make -C "$work/source" ARCH=um -j"$(nproc)" linux >> "$log" 2>&1 || { tail -20 "$log" >&2; exit 1; }
    mkdir -p "$(dirname "$1")"
    strip -o "$1.new" "$work/source/linux"
    mv "$1.new" "$1"
}

try_it() {  # a machine whose first process ends at once; it says with which status
    local said notes
    notes=$(mktemp -d)
    said=$(TMPDIR=/var/tmp timeout 60 "$plain" mem=48M rootfstype=hostfs rootflags=/ ro \
        init=/bin/true con=null con0=null,fd:1 panic=1 "uml_dir=$notes" </dev/null 2>&1 || true)
    rm -rf "$notes"
    case $said in
        *"kill init! exitcode=0x00000000"*) ;;
        *) echo "${said: -1500}" >&2; cannot "the kernel does not run; is ptrace forbidden?" ;;
    esac
}

main() {
    if [ ! -x "$plain" ] || [ ! -x "$timetravel" ]; then
        [ "${1:-}" != --where ] || fail "the bench's kernels are not built yet: tests/hil/kernel/build.sh"
        [ "$(uname -sm)" = "Linux x86_64" ] ||
            cannot "User-Mode Linux needs a 64-bit x86 Linux, and this is a $(uname -sm)"
        get_tools
        mkdir -p "$cache"
        work=$(mktemp -d "$cache/build.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        echo "building the bench's kernels, once, into $place" >&2
        get_source
        make -s -C "$work/source" ARCH=um defconfig >&2
        [ -x "$plain" ] || build "$plain" ""
        [ -x "$timetravel" ] || build "$timetravel" "CONFIG_UML_TIME_TRAVEL_SUPPORT=y"
    fi
    [ "${1:-}" = --where ] || try_it
    echo "$plain"
    echo "$timetravel"
}

main "$@"
