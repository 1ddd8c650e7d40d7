# Runs a command in the Debian in folder $1, for itself: in namespaces of its own, with no network but loopback. All of
# it ends with the first process.
set -e
root=$1
shift

# shellcheck disable=SC2016 # for the shell inside
exec unshare --mount --net --pid --fork --kill-child sh -c '
  set -e
  root=$1
  shift
  ip link set lo up
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  exec chroot "$root" "$@"
' alone "$root" "$@"
