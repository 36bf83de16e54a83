#!/bin/sh
# Measures the release binary (FLASHCTL) with ordinary tools, then the pieces of it in memory. Nothing here is asserted.
#
#   SIZE_MIB=1024   image that is flashed, in MiB
#   REPEAT=3        runs of each flashing, of which the median is shown
#   PARTS=all       program, pieces or all
set -eu

folder=$(cd "$(dirname "$0")" && pwd)
parts=${PARTS:-all}
flashctl=${FLASHCTL:-$folder/../.build/release/flashctl}
case $flashctl in */*) flashctl=$(cd "$(dirname "$flashctl")" && pwd)/$(basename "$flashctl") ;; esac

# Python reads the kernel's figures about processes; it ships with nothing.
python=$(command -v python3) || { echo "bench: needs python3 (make bench installs it)" >&2; exit 1; }

if [ "$parts" != pieces ]; then
  "$python" "$folder/measure.py" "$flashctl" --mebibytes "${SIZE_MIB:-1024}" --repeat "${REPEAT:-3}"
fi
if [ "$parts" != program ]; then
  printf '\nPieces, each alone in memory (median of 15, half the distance of the quartiles)\n'
  swift build --quiet --package-path "$folder" -c release
  "$folder/.build/release/Microbenchmarks"
fi
