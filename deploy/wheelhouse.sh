#!/usr/bin/env bash
# Collects all Python packages that a lamp needs, for a board that has no network.
#
#   deploy/wheelhouse.sh DIR [ARCHITECTURE [PYTHON]]    aarch64 and 3.13 (Debian 13) by default
#
# Needs python3 with pip, and a network. Raspberry Pi OS and Debian 12 have Python 3.11.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/.." && pwd)
directory=${1:?which directory? deploy/wheelhouse.sh DIR [ARCHITECTURE [PYTHON]]}
architecture=${2:-aarch64}
python=${3:-3.13}
[ "$architecture" = aarch64 ] || [ "$architecture" = x86_64 ] ||
    { echo "there are no packages for $architecture, only for aarch64 and x86_64" >&2; exit 1; }
mkdir -p "$directory"

platforms=()
for glibc in 17 24 26 27 28 31 34 35 36; do # Debian 12 has 2.36
    platforms+=(--platform "manylinux_2_${glibc}_$architecture")
done
platforms+=(--platform "manylinux2014_$architecture")

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/source" # setuptools would leave its traces in the directory it builds from
(cd "$source_dir" && cp -r lamp models pyproject.toml README.md LICENSE "$scratch/source")
python3 -m pip wheel -q --no-deps -w "$scratch" "$scratch/source" 2>"$scratch/log" ||
    { cat "$scratch/log" >&2; exit 1; }
python3 -m pip download -q --dest "$directory" --only-binary=:all: --python-version "$python" \
    "${platforms[@]}" -c "$source_dir/requirements.lock" "$(echo "$scratch"/lamp-*.whl)[page,mqtt]"
echo "$directory: $(find "$directory" -name '*.whl' | wc -l) packages," \
    "$(du -sm "$directory" | cut -f1) MB, for Python $python on $architecture"
