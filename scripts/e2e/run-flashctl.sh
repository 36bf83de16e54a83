#!/bin/bash
# Builds usbproof (EndToEnd/, which shares with flashctl what was built for development), and runs it and the release build of
# flashctl (FLASHCTL=…) in the virtual machine against simulated devices that are attached to it: run-flashctl.sh [CASES], a
# regular expression that chooses cases by name. The exit status is run-vm.sh's: 0 when every case passed, 1 when one failed, 124 or 125 when the machine did
# not come to its end.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
swift=${SWIFT:-swift}

flashctl=$(realpath "${FLASHCTL:-$root/.build/release/flashctl}")
[ -x "$flashctl" ] || { echo "e2e: no program $flashctl ('make e2e' builds it)" >&2 && exit 66; }
"$swift" build --package-path "$root/EndToEnd" --scratch-path "$root/.build" --disable-build-manifest-caching \
  --product usbproof
usbproof=$("$swift" build --package-path "$root/EndToEnd" --scratch-path "$root/.build" --show-bin-path)/usbproof

# An eMMC image of several hundred transfers, which nothing but the right bytes in the right places can equal.
image=$root/.build/e2e/image/emmc.img
mkdir -p "${image%/*}"
if [ ! -f "$image.fiasco" ]; then
  head -c 16M /dev/urandom > "$image"
  "$flashctl" image create --quiet -o "$image.fiasco" "mmc=$image,device=RX-51,version=1.0"
fi

exec "$here/run-vm.sh" --timeout 900 --results "$root/.build/e2e/flashctl" -- \
  "$here/guest-flashctl.sh" "$flashctl" "$usbproof" "$image" "$@"
