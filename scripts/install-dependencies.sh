#!/bin/sh
# Installs the Debian packages that building and testing flashctl needs and this machine lacks; says what it does;
# changes nothing when all are there. Arguments name packages to look for beside the usual ones (make bench: python3).
set -eu

say() { printf 'deps: %s\n' "$*"; }

has_library() { command -v pkg-config >/dev/null && pkg-config --exists "$1"; }

is_there() {
  case $1 in
    libusb-1.0-0-dev) has_library libusb-1.0 ;;
    zlib1g-dev) has_library zlib ;;
    liblzma-dev) has_library liblzma ;;
    libzstd-dev) has_library libzstd ;;
    liblz4-dev) has_library liblz4 ;;
    nettle-dev) has_library nettle ;;
    android-sdk-libsparse-utils) command -v img2simg >/dev/null ;;
    gdisk) command -v sgdisk >/dev/null || test -x /usr/sbin/sgdisk ;;
    fdisk) command -v fdisk >/dev/null || test -x /usr/sbin/fdisk ;;
    xz-utils) command -v xz >/dev/null ;;
    qemu-system-x86) command -v qemu-system-x86_64 >/dev/null ;;
    pkg-config | git | python3 | cpio | zstd | lz4 | gzip) command -v "$1" >/dev/null ;;
    *) dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed ;;
  esac
}

if ! command -v swift >/dev/null; then
  say "no Swift toolchain on the PATH; flashctl needs Swift 6.3: https://www.swift.org/install/linux/" >&2
  exit 1
fi

missing=
for package in git pkg-config libusb-1.0-0-dev zlib1g-dev liblzma-dev libzstd-dev liblz4-dev nettle-dev "$@"; do
  is_there "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
  say "everything needed is installed"
  exit 0
fi

say "missing:$missing"
if ! command -v apt-get >/dev/null; then
  say "this is no Debian system; install what these packages hold with your own package manager" >&2
  exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "as root, run: apt-get install$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

apt() {
  say "running: ${as_root:+$as_root }apt-get $*"
  # An empty $as_root is no word at all; sudo would drop an exported variable, env does not.
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 --quiet "$@" </dev/null
}

# Package lists are fetched only when there are none, or when they are too old for what they promise.
has_candidates() {
  for package in $missing; do
    apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || return 1
  done
}
has_candidates || apt update
# shellcheck disable=SC2086 # $missing is a list of words
apt install --yes --no-install-recommends $missing || {
  apt update
  apt install --yes --no-install-recommends $missing
}
say "done"
