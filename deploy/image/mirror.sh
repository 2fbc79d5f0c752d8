#!/bin/sh
# The Debian mirror this machine is set up to use; Debian's own where it is no Debian.
mirror=""
if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2016 # apt fills these in
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(SITE) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian [^ ]* //p' | grep -v security | sed -n 1p)
fi
echo "${mirror:-http://deb.debian.org/debian}"
