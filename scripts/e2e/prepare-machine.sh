#!/bin/bash
# Makes the parts of the throw-away virtual machine that can be kept: Debian's stock kernel with its modules, a static
# busybox, and the initramfs that mounts this machine's root. Packages are downloaded and unpacked, never installed.
# Prints the folder that holds them (vmlinuz, initramfs.gz, modules/RELEASE); does nothing when it is up to date.
#
# FLASHCTL_E2E_CACHE names another folder than .build/e2e/machine; needs no root.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cache=${FLASHCTL_E2E_CACHE:-$(cd "$here/../.." && pwd -P)/.build/e2e/machine}
export PATH="$PATH:/usr/sbin:/sbin"

# What the initramfs must load before it has the host's files; everything else comes from there by modprobe.
first_modules=(virtio_pci virtio_console 9pnet_virtio 9p overlay)

say() { printf 'e2e: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 125
}

require() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "cannot build the virtual machine: no $tool here ('make e2e' installs what is needed)"
  done
}

# apt-get and apt-cache with our own settings: no attempt to become another user who cannot enter this folder, and our
# own package lists when the system's are missing or too old (its own can be renewed by root only).
apt_options=(-o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 --quiet)
use_own_package_lists() {
  mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial"
  apt_options+=(-o Dir::State="$work/apt" -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt"
    -o Dir::State::status=/var/lib/dpkg/status)
  say "fetching package lists"
  apt-get "${apt_options[@]}" update >&2 || die "cannot fetch package lists"
}

kernel_package() {
  apt-cache "${apt_options[@]}" depends linux-image-amd64 2>/dev/null |
    sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1
}

download() {
  local kernel
  kernel=$(kernel_package)
  [ -n "$kernel" ] && (cd "$work" && apt-get "${apt_options[@]}" download "$kernel" busybox-static >&2)
}

unpack() {
  local package
  for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
  rm -f "$work"/*.deb
  local modules=$work/root/lib/modules
  [ -d "$modules" ] || modules=$work/root/usr/lib/modules
  mkdir "$work/modules"
  mv "$modules"/* "$work/modules/"
  release=$(ls "$work/modules")
  cp "$work/root/boot/vmlinuz-$release" "$work/vmlinuz"
  install -m 755 "$(find "$work/root" -type f -path '*/bin/busybox')" "$work/busybox"
  rm -rf "$work/root"
  # modprobe and depmod look for lib/modules below the folder they are given.
  mkdir "$work/lib"
  ln -s ../modules "$work/lib/modules"
  depmod --basedir "$work" "$release"
}

# Debian compresses modules in some releases; insmod of busybox wants them plain.
plain_module() {
  case $1 in
    *.xz) xz --decompress --stdout "$1" ;;
    *.zst) zstd --decompress --stdout "$1" ;;
    *.gz) gzip --decompress --stdout "$1" ;;
    *) cat "$1" ;;
  esac
}

# The modules in the order in which modprobe would insert them, each once.
copy_first_modules() {
  local tree=$1 number=10 module path
  mkdir "$tree/modules"
  while read -r path; do
    module=${path##*/}
    plain_module "$path" > "$tree/modules/$number-${module%%.ko*}.ko"
    number=$((number + 1))
  done < <(for module in "${first_modules[@]}"; do
    modprobe --dirname "$work" --set-version "$release" --show-depends --ignore-install "$module"
  done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++')
}

build_initramfs() {
  local tree=$work/initramfs
  mkdir -p "$tree/bin" "$tree/dev" "$tree/proc" "$tree/lower" "$tree/upper" "$tree/root"
  cp "$work/busybox" "$tree/bin/busybox"
  ln -s busybox "$tree/bin/sh"
  copy_first_modules "$tree"
  install -m 755 "$here/initramfs-init.sh" "$tree/init"
  (cd "$tree" && find . -print0 | cpio --null --create --format=newc --owner=0:0 --quiet) | gzip -1 > "$work/initramfs.gz"
  rm -rf "$tree"
}

# Everything is made in a folder of its own and moved into place whole: an interrupted run leaves nothing half done.
fingerprint=$(cat "$here/initramfs-init.sh" "${BASH_SOURCE[0]}" | cksum)
is_current() { [ "$(cat "$cache/fingerprint" 2>/dev/null)" = "$fingerprint" ]; }

prepare() {
  require apt-get apt-cache dpkg-deb depmod modprobe cpio gzip
  [ "$(dpkg --print-architecture)" = amd64 ] || die "the virtual machine is made for amd64 hosts only"
  work=$(mktemp -d "$cache.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  say "downloading a kernel and busybox (about 70 MB, once)"
  download || { use_own_package_lists && download; } || die "cannot download the kernel package and busybox-static"
  unpack
  build_initramfs
  rm -rf "$work/apt"
  printf '%s\n' "$fingerprint" > "$work/fingerprint"
  chmod 755 "$work"
  rm -rf "$cache"
  mv "$work" "$cache"
}

mkdir -p "$(dirname "$cache")"
exec 9> "$cache.lock"
flock 9
is_current || prepare
printf '%s\n' "$cache"
