#!/bin/bash
# A guest script that runs usbproof (EndToEnd/) against the kernel's own gadgets, one group of cases after another:
# guest-usbproof.sh PROGRAM [high-speed|super-speed]
# shellcheck source=scripts/e2e/guest.sh
. /run/e2e/scripts/guest.sh
proof=$1
speed=${2:-high-speed}
set -o pipefail

# group NAME: its cases are subtests in TAP, which are indented.
group() { timeout 300 "$proof" "$1" | indented; }
indented() { sed --unbuffered 's/^/    /'; }

# plug NAME PRODUCT SERIAL FUNCTION: on the second controller; SourceSink has the first.
plug() {
  make_gadget "$1" 0x0525 "0x$2" "$3" "$4=c.1" && printf '%s' "$speed" > "$gadgets/$1/max_speed" &&
    bind_udc "$1" dummy_udc.1 && wait_for 60 is_plugged 0525 "$2"
}

denies_ordinary_users() {
  install_for_everybody "$proof" && as_user visitor '' timeout 300 "/usr/local/bin/${proof##*/}" user | indented
}

loops_while_sink_is_held() {
  "$proof" claim-and-hold > /tmp/holder.log &
  local holder=$! status=0
  wait_for 60 grep -q holding /tmp/holder.log && plug loop a4a8 LOOP Loopback.1 && group loop || status=$?
  kill "$holder"
  remove_gadget loop
  return "$status"
}

sets_alternates() {
  local status=0
  plug phonet a4a9 PHONET phonet.0 && group phonet || status=$?
  remove_gadget phonet
  return "$status"
}

takes_and_returns_drivers() {
  load_modules cdc_acm && make_acm_gadget dummy_udc.1 "$speed" && wait_for 60 is_plugged 0525 a4a7 || return
  group acm
}

prepare_gadgets
run_case "$speed: no gadget" group absent
make_gadget_sourcesink dummy_udc.0 "$speed" && wait_for 60 is_plugged 0525 a4a0
run_case "$speed: SourceSink, without udevd" group sink
[ "$speed" = super-speed ] || run_case "$speed: an ordinary user" denies_ordinary_users
run_case "$speed: Loopback" loops_while_sink_is_held
# Phonet has no super-speed descriptors.
[ "$speed" = super-speed ] || run_case "$speed: Phonet" sets_alternates
run_case "$speed: a serial port" takes_and_returns_drivers
start_udevd
run_case "$speed: SourceSink, with udevd" group udev
cases_end
