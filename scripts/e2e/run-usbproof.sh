#!/bin/bash
# Builds usbproof (EndToEnd/) and runs it in the virtual machine, once a speed: run-usbproof.sh [high-speed] [super-speed].
# The exit status is 0 when every case passed, 1 when one failed or the build did, and run-vm.sh's (124, 125) when a
# machine did not come to its end.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
swift=${SWIFT:-swift}
[ $# -gt 0 ] || set -- high-speed super-speed
for speed in "$@"; do
  case $speed in high-speed | super-speed) ;; *) echo "usage: ${0##*/} [high-speed] [super-speed]" >&2 && exit 64 ;; esac
done

"$swift" build --package-path "$root/EndToEnd" --scratch-path "$root/.build" --disable-build-manifest-caching \
  --product usbproof
program=$("$swift" build --package-path "$root/EndToEnd" --scratch-path "$root/.build" --show-bin-path)/usbproof

# A failure at one speed does not hide what the other has to say; without a machine there is nothing to hear.
result=0
for speed in "$@"; do
  status=0
  "$here/run-vm.sh" --timeout 900 --results "$root/.build/e2e/usbproof-$speed" -- \
    "$here/guest-usbproof.sh" "$program" "$speed" || status=$?
  [ "$status" -ne 125 ] || exit 125
  [ "$status" -eq 0 ] || result=$status
done
exit "$result"
