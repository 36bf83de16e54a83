#!/bin/sh
# Measures the release binary (FLASHCTL) with ordinary tools, then the pieces of it in memory. Nothing here is asserted.
#
#   SIZE_MIB=1024   image that is flashed, in MiB
#   REPEAT=3        runs of each flashing, of which the median is shown
#   EDL_MIB=2048    image that is programmed to a simulated Qualcomm device, in MiB
#   MTK_MIB=2048    image that is written to a simulated MediaTek phone, in MiB
#   PARTS=all       program, edl, mtk, links, pieces or all
set -eu

folder=$(cd "$(dirname "$0")" && pwd)
parts=${PARTS:-all}
flashctl=${FLASHCTL:-$folder/../.build/release/flashctl}
case $flashctl in */*) flashctl=$(cd "$(dirname "$flashctl")" && pwd)/$(basename "$flashctl") ;; esac

# Python reads the kernel's figures about processes; it ships with nothing.
python=$(command -v python3) || { echo "bench: needs python3 (make bench installs it)" >&2; exit 1; }

wants() { [ "$parts" = all ] || [ "$parts" = "$1" ]; }

if wants program; then
  "$python" "$folder/measure.py" "$flashctl" --mebibytes "${SIZE_MIB:-1024}" --repeat "${REPEAT:-3}"
fi

if wants edl; then
  "$python" "$folder/edl.py" "$flashctl" --mebibytes "${EDL_MIB:-2048}" --repeat "${REPEAT:-3}"
fi

if wants mtk; then
  "$python" "$folder/mtk.py" "$flashctl" --mebibytes "${MTK_MIB:-2048}" --repeat "${REPEAT:-3}"
fi

# Beside the program, with whose modules it shares what was built.
built=$folder/../.build
if wants links || wants pieces; then
  swift build --quiet --package-path "$folder" --scratch-path "$built" --disable-build-manifest-caching -c release
fi

# A loopback device in a process of its own, so that both ends have a core each where there are two.
if wants links; then
  printf '\nUSB/IP on this machine, beside plain copies between two processes\n'
  ready=$(mktemp)
  "$flashctl" simulate loopback --usbip 127.0.0.1:0 >"$ready" 2>/dev/null &
  server=$!
  trap 'kill -INT "$server" 2>/dev/null; rm -f "$ready"' EXIT
  tries=0
  until grep -q '^ready usbip' "$ready"; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo "bench: the simulated device does not start" >&2; exit 1; }
    sleep 0.1
  done
  "$built/release/LinkBenchmarks" "$(awk '/^ready usbip/ { print "usbip:" $3 "/" $4; exit }' "$ready")"
fi

if wants pieces; then
  printf '\nPieces, each alone in memory (median of 15, half the distance of the quartiles)\n'
  "$built/release/Microbenchmarks"
fi
