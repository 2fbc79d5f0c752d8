#!/bin/sh
# The first process of a machine of tests/hil/machine.py: makes the developer's own files, read
# only, into a system with pins and sound, runs the command, and switches the machine off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t configfs none /sys/kernel/config
mount -t tracefs none /sys/kernel/tracing 2>/dev/null
mount -t tmpfs -o mode=755 none /run
mkdir -p /dev/shm /run/home /run/tmp /run/job
mount -t tmpfs none /dev/shm
mount -t hostfs -o "$LAMP_HIL_JOB" none /run/job
ip link set lo up 2>/dev/null
export HOME=/run/home TMPDIR=/run/tmp PYTHONDONTWRITEBYTECODE=1
. /run/job/environment
sh /run/job/command </dev/null >/run/job/output 2>&1
echo $? >/run/job/status
"$LAMP_HIL_PYTHON" -IS -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)'
