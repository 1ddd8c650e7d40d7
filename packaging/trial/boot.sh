#!/bin/sh
# Boots the Debian in folder $1 with its own systemd, beside this machine's: in namespaces of its own, but for the
# network. Its processes are in the cgroup $2.
set -e
root=$1
group=$2

if [ -d /sys/fs/cgroup/systemd ]; then kind='cgroup -o none,name=systemd' at=/sys/fs/cgroup/systemd; else kind=cgroup2 at=/sys/fs/cgroup; fi
mkdir -p "$at/$group"
echo $$ >"$at/$group/cgroup.procs"

# shellcheck disable=SC2016 # for the shell inside
exec unshare --cgroup --mount --pid --fork --kill-child --uts --ipc sh -c '
  set -e
  mount --make-rprivate /
  mount --bind "$1" "$1"
  cd "$1"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  if [ "$3" != /sys/fs/cgroup ]; then mount -t tmpfs tmpfs sys/fs/cgroup; mkdir ".$3"; fi
  mount -t $2 cgroup ".$3"
  for each in run tmp dev; do mount -t tmpfs tmpfs $each; done
  for each in null zero full random urandom tty; do
    touch dev/$each
    mount --bind /dev/$each dev/$each
  done
  mkdir -p dev/pts dev/shm before
  pivot_root . before
  exec chroot . sh -c "umount -l /before
    exec env -i container=trial PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd"
' boot "$root" "$kind" "$at"
