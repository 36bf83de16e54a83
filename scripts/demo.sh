#!/bin/sh
# Flashes a simulated Nokia RX-51 the way one would flash the real thing, in-process and over TCP, and compares the
# device's storage with the image using cmp and sha256sum. Needs nothing but the built program, whose path is in
# FLASHCTL; leaves nothing behind.
set -eu

flashctl=${FLASHCTL:-.build/release/flashctl}
case $flashctl in */*) flashctl=$(cd "$(dirname "$flashctl")" && pwd)/$(basename "$flashctl") ;; esac
layout='mmc {\n\tname = "internal";\n}\n'
megabytes=64

folder=$(mktemp -d "${TMPDIR:-/tmp}/flashctl-demo.XXXXXX")
server=
# shellcheck disable=SC2329 # called by the trap
clean_up() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi
title() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
run() {
  printf '%s$ flashctl %s%s\n' "$bold" "$*" "$plain"
  "$flashctl" "$@"
}

# A file system with something in it where an ordinary tool makes one, else noise: both are 64 MiB of an eMMC.
make_emmc_image() {
  mke2fs=$(PATH="$PATH:/usr/sbin:/sbin" command -v mke2fs || true)
  if [ -n "$mke2fs" ]; then
    mkdir "$folder/files"
    head -c 24000000 /dev/urandom > "$folder/files/media.bin"
    "$mke2fs" -q -t ext4 -L MyDocs -d "$folder/files" "$1" "${megabytes}M" >/dev/null
  else
    head -c $((megabytes * 1048576)) /dev/urandom > "$1"
  fi
}

# 2 MiB that begin as a Linux zImage does: the ARM magic number at byte 36.
make_kernel() {
  { head -c 36 /dev/zero && printf '\030\050\157\001' && head -c 2097112 /dev/urandom; } > "$1"
}

same() {
  cmp "$1" "$2"
  sha256sum "$1" "$2"
}

wait_for_server() {
  tries=0
  until grep -q '^ready tcp ' "$1" 2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
      echo "demo: the simulator did not start" >&2
      return 1
    fi
    sleep 0.1
  done
  sed -n 's/^ready tcp \([^ ]*\).*/\1/p' "$1"
}

cd "$folder"
title "An eMMC image and a kernel, from ordinary tools"
make_emmc_image emmc.img
make_kernel zImage
# shellcheck disable=SC2059 # the layout is a format of our own
printf "$layout" > layout.txt
ls -l emmc.img zImage layout.txt

title "A FIASCO firmware file made of them"
run image create -o demo.fiasco --release RX-51_DEMO_1 --device RX-51 \
  kernel=zImage,version=2.6.28 mmc=emmc.img,version=DEMO-1,layout=layout.txt
run image inspect demo.fiasco

title "The device, simulated"
run info --device sim:rx51,storage=device

title "Flash it, as fast as an eMMC takes it"
run flash demo.fiasco --device sim:rx51,storage=device,consume-rate=16M,finish-ms=500

title "Its storage, seen from outside"
same emmc.img device/mmc.bin
same zImage device/kernel.bin

title "The same over TCP"
"$flashctl" simulate rx51 --tcp 127.0.0.1:0 --storage remote > server.log &
server=$!
address=$(wait_for_server server.log)
run flash demo.fiasco --device "tcp:$address"
same emmc.img remote/mmc.bin
same zImage remote/kernel.bin

title "Done: the simulated devices hold exactly what the firmware file holds"
