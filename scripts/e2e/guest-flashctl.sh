#!/bin/bash
# A guest script that runs flashctl through libusb and the kernel's USB stack against its own simulated devices, attached
# to the machine's vhci_hcd: guest-flashctl.sh FLASHCTL USBPROOF
# shellcheck source=scripts/e2e/guest.sh
. /run/e2e/scripts/guest.sh
flashctl=$1 usbproof=$2
work=/tmp/flashctl-e2e
mkdir -p "$work"
set -o pipefail

# Simulated devices, each a process of its own.

declare -A device_process=() device_path=()

# plug NAME MODEL OPTION…: starts `flashctl simulate … --attach`, and returns once it says that the device can be opened.
plug() {
  local name=$1
  "$flashctl" simulate "${@:2}" --attach > "$work/$name.out" 2> "$work/$name.err" &
  device_process[$name]=$!
  wait_for 60 grep -q '^ready attach' "$work/$name.out" || { sed 's/^/# /' "$work/$name.err" && return 1; }
  device_path[$name]=$(sed -n 's/^ready attach \([^ ]*\) .*/\1/p' "$work/$name.out" | head -n 1)
}

# unplug NAME: ends it as Ctrl-C does; its exit status is flashctl's.
unplug() {
  local process=${device_process[$1]}
  kill -INT "$process" 2>/dev/null
  wait "$process"
}

# run STATUS ARGUMENT…: flashctl's exit status must be this; what it said is in $work/out and $work/err.
run() {
  local status=0
  timeout 300 "$flashctl" "${@:2}" > "$work/out" 2> "$work/err" || status=$?
  [ "$status" -eq "$1" ] || { sed 's/^/# /' "$work/out" "$work/err" && same "exit status of ${*:2}" "$1" "$status"; }
}

says() { grep -qF -- "$1" "$work/$2" || { printf '# no "%s" in:\n' "$1" && sed 's/^/#   /' "$work/$2" && return 1; }; }

attaches() {
  plug phone rx51 --serial-number E2E-1 --storage "$work/storage" --set next-mode=update || return
  same ready "ready attach ${device_path[phone]} 0421:01c8" "$(cat "$work/phone.out")" &&
    same serial E2E-1 "$(usb_attribute "${device_path[phone]}" serial)" &&
    same speed 480 "$(usb_attribute "${device_path[phone]}" speed)"
}

identifies() {
  run 0 list && says "${device_path[phone]}" out && run 0 info && says RX-51 out && run 0 doctor && says E2E-1 out
}
run_case "a simulated phone is a device of this machine" attaches
run_case "list, info and doctor name it" identifies
run_case "stops" unplug phone
run_case "gone" is_unplugged 0421 01c8
cases_end
