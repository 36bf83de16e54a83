#!/bin/bash
# A guest script that tests the machine itself, with the kernel's own gadgets in place of flashctl's simulated devices:
# scripts/e2e/run-vm.sh -- scripts/e2e/self-test.sh
# shellcheck source=scripts/e2e/guest.sh
. /run/e2e/scripts/guest.sh

boots() {
  echo "# booted in $(cat "$results/machine/boot-seconds") s, $(nproc) processors, Linux $(uname -r)"
  [ "$(id -u)" -eq 0 ]
}

loopback_is_up() { same flags 0x9 "$(cat /sys/class/net/lo/flags)"; }

# The overlay takes writes; below it, the host's files are shared without the right to write, whatever the guest mounts.
writes_stay_here() {
  echo changed > /etc/hostname && same hostname changed "$(cat /etc/hostname)" || return
  mkdir /run/host && mount -t 9p -o trans=virtio,version=9p2000.L host /run/host 2>/dev/null
  ! touch /run/host/tmp/e2e-was-here 2>/dev/null
}

# In a process of its own: what fails there must not count here.
a_failure_counts() (
  results=$(mktemp -d) case_count=0 current_case=''
  run_case "fails" false >/dev/null
  ! cases_end >/dev/null && grep -q '^not ok 1 - fails' "$results/cases.tap"
)

a_silent_case_counts() (
  results=$(mktemp -d) case_count=0 current_case=''
  case_begin "says nothing"
  ! cases_end >/dev/null && grep -q '^not ok 1 - says nothing' "$results/cases.tap"
)

no_case_is_a_failure() (
  results=$(mktemp -d) case_count=0 current_case=''
  ! cases_end >/dev/null
)

loads_controllers() {
  load_modules vhci-hcd usbmon cdc_acm || return
  prepare_gadgets || return
  [ -w /sys/devices/platform/vhci_hcd.0/attach ] && [ -d /sys/class/udc/dummy_udc.0 ] && [ -d /sys/class/udc/dummy_udc.1 ]
}

plugs_sourcesink() {
  make_gadget_sourcesink dummy_udc.0 || return
  wait_for 60 is_plugged 0525 a4a0 || return
  local path
  path=$(usb_device 0525 a4a0)
  wait_for 60 test -e "/sys/bus/usb/devices/$path:1.0" || return
  same serial SOURCESINK "$(usb_attribute "$path" serial)" && same speed "$1" "$(usb_attribute "$path" speed)" &&
    same configurations 2 "$(usb_attribute "$path" bNumConfigurations)" && test -c "$(usb_node "$path")"
}

replugs_sourcesink() {
  local before
  before=$(usb_device 0525 a4a0)
  unbind_udc sourcesink && wait_for 60 is_unplugged 0525 a4a0 || return
  bind_udc sourcesink && wait_for 60 is_plugged 0525 a4a0 || return
  same "port path" "$before" "$(usb_device 0525 a4a0)"
}

plugs_acm_beside_it() {
  make_acm_gadget dummy_udc.1 high-speed || return
  wait_for 60 is_plugged 0525 a4a7 || return
  local path
  path=$(usb_device 0525 a4a7)
  wait_for 60 usb_driver "$path" 1.0 >/dev/null || return
  same driver cdc_acm "$(usb_driver "$path" 1.0)" && same speed 480 "$(usb_attribute "$path" speed)" &&
    test -c /dev/ttyACM0 && is_plugged 0525 a4a0
}

# A line through the kernel's USB stack and back to the gadget's own end.
carries_a_line() {
  stty -F /dev/ttyACM0 raw -echo && stty -F /dev/ttyGS0 raw -echo || return
  (sleep 0.2 && echo "over the wire" > /dev/ttyACM0) &
  local line
  read -r -t 60 line < /dev/ttyGS0
  wait $!
  same line "over the wire" "$line"
}

unplugs_all() {
  remove_gadget sourcesink && remove_gadget acm && wait_for 60 is_unplugged 0525 a4a0 && wait_for 60 is_unplugged 0525 a4a7
}

refuses_ordinary_users() {
  local node
  node=$(usb_node "$(usb_device 0525 a4a0)")
  as_user visitor '' test -c "$node" && as_user visitor '' test ! -w "$node"
}

lets_group_in() {
  mkdir -p /etc/udev/rules.d
  echo 'SUBSYSTEM=="usb", ATTR{idVendor}=="0525", MODE="0660", GROUP="flashers"' > /etc/udev/rules.d/70-e2e.rules
  make_group flashers && as_user visitor flashers id || return
  start_udevd || return
  local node
  node=$(usb_node "$(usb_device 0525 a4a0)")
  as_user visitor flashers test -w "$node" && as_user visitor '' test ! -r "$node"
}

udevd_sees_new_devices() {
  unbind_udc sourcesink && wait_for 60 is_unplugged 0525 a4a0 && bind_udc sourcesink &&
    wait_for 60 is_plugged 0525 a4a0 && udevadm settle --timeout=60 || return
  local node
  node=$(usb_node "$(usb_device 0525 a4a0)")
  as_user visitor flashers test -w "$node" && test -e /run/udev/control
}

plugs_acm_again() {
  make_acm_gadget dummy_udc.0 high-speed && wait_for 60 test -c /dev/ttyACM0 && udevadm settle --timeout=60 || return
  same driver cdc_acm "$(usb_driver "$(usb_device 0525 a4a7)" 1.0)" && test -L /dev/serial/by-id/*ACM*
}

run_case "boots, and the script runs as root" boots
run_case "a case that fails makes the run fail" a_failure_counts
run_case "a case that never says ok makes the run fail" a_silent_case_counts
run_case "a run without a case fails" no_case_is_a_failure
run_case "the loopback network is up" loopback_is_up
run_case "a write to the host's files stays in the machine" writes_stay_here
run_case "vhci_hcd, dummy_hcd and usbmon load" loads_controllers
run_case "without udevd: a super-speed gadget appears with its ids and its node" plugs_sourcesink 5000
run_case "without udevd: unplugged and plugged in again, it is at the same port" replugs_sourcesink
run_case "without udevd: an ACM gadget beside it is bound by cdc_acm" plugs_acm_beside_it
run_case "the serial port carries a line to the gadget" carries_a_line
run_case "an ordinary user may not write to a device" refuses_ordinary_users
run_case "with udevd: a rule lets a group's members in, and nobody else" lets_group_in
run_case "with udevd: so it does for a device that is plugged in later" udevd_sees_new_devices
run_case "gadgets are unplugged and removed" unplugs_all
run_case "with udevd: the ACM gadget is bound by cdc_acm again" plugs_acm_again
run_case "udevd can be stopped" stop_udevd
cases_end
