# shellcheck shell=bash
# What guest scripts need, to be sourced: `. /run/e2e/scripts/guest.sh`. A script runs its cases with
# run_case, or between case_begin and ok or fail, and ends with cases_end.

results=/run/e2e/results
gadgets=/sys/kernel/config/usb_gadget
current_case='' case_count=0 failed_count=0

# Cases are reported as TAP: "ok N - NAME" or "not ok N - NAME", with "# …" for the reason.

# case_begin NAME: ends the case before, which has failed if it never said ok.
case_begin() {
  [ -z "$current_case" ] || fail "never said ok"
  current_case=$1
  case_count=$((case_count + 1))
}

ok() { end_case ok; }

# fail REASON…
fail() {
  printf '# %s\n' "$@"
  failed_count=$((failed_count + 1))
  end_case "not ok"
}

# Reports a case once: a second verdict is for nobody.
end_case() {
  [ -n "$current_case" ] || return 0
  printf '%s %d - %s\n' "$1" "$case_count" "$current_case" | tee -a "$results/cases.tap"
  current_case=
}

# run_case NAME FUNCTION [ARGUMENT…]: ok when the function returns 0. `same` and `wait_for` say why it does not.
run_case() {
  case_begin "$1"
  if "${@:2}"; then ok; else fail "status $?"; fi
}

# same WHAT EXPECTED ACTUAL
same() {
  [ "$2" = "$3" ] || { printf '# %s: expected "%s", got "%s"\n' "$1" "$2" "$3" && return 1; }
}

# cases_end: the plan line of TAP, and the script's exit status: 1 when a case failed or there was none.
cases_end() {
  [ -z "$current_case" ] || fail "never said ok"
  printf '1..%d\n' "$case_count" | tee -a "$results/cases.tap"
  [ "$failed_count" -eq 0 ] && [ "$case_count" -gt 0 ]
}

# wait_for SECONDS COMMAND…: runs the command until it succeeds, at most for so long. Be generous: an
# emulated machine on a busy host is ten times slower than an idle one.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" 2>/dev/null; do
    if [ "$SECONDS" -gt "$deadline" ]; then
      printf '# waited in vain for: %s\n' "$*" >&2
      return 1
    fi
    sleep 0.05
  done
}

# load_modules NAME…: the kernel's modules, for instance vhci-hcd dummy_hcd libcomposite usbmon.
load_modules() { modprobe --all "$@"; }

# udevd: without it libusb knows new devices by the kernel's events alone, and devices belong to root.

start_udevd() {
  local udevd=/usr/lib/systemd/systemd-udevd
  [ -x "$udevd" ] || udevd=/lib/systemd/systemd-udevd
  "$udevd" --daemon >> "$results/machine/udevd.log" 2>&1 && udevadm trigger --type=all --action=add --subsystem-match=usb --subsystem-match=tty &&
    udevadm settle --timeout=60
}

stop_udevd() {
  udevadm control --exit
  wait_for 10 no_udevd
  rm -rf /run/udev
}

no_udevd() { ! pidof systemd-udevd >/dev/null; }

# USB gadgets on dummy_hcd: real devices of the kernel's own, with no line of ours. Each sits on a controller of its own.

# mount_configfs and load dummy_hcd with two controllers (a high-speed and a super-speed bus each).
prepare_gadgets() {
  [ -d /sys/class/udc/dummy_udc.0 ] || modprobe dummy_hcd num=2 is_super_speed=1
  load_modules libcomposite
  mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
}

# make_gadget NAME VENDOR PRODUCT SERIAL FUNCTION[=CONFIGURATION]…: not bound to a controller yet.
make_gadget() {
  local gadget=$gadgets/$1 function
  prepare_gadgets && mkdir "$gadget" || return
  printf '%s' "$2" > "$gadget/idVendor"
  printf '%s' "$3" > "$gadget/idProduct"
  printf '0x0320' > "$gadget/bcdUSB"
  mkdir "$gadget/strings/0x409"
  printf '%s' "$4" > "$gadget/strings/0x409/serialnumber"
  printf 'Linux' > "$gadget/strings/0x409/manufacturer"
  printf '%s' "$1" > "$gadget/strings/0x409/product"
  for function in "${@:5}"; do
    mkdir -p "$gadget/functions/${function%%=*}" "$gadget/configs/${function#*=}" &&
      ln -s "$gadget/functions/${function%%=*}" "$gadget/configs/${function#*=}/" || return
  done
}

# bind_udc NAME [CONTROLLER]: plugs the gadget in; the controller is dummy_udc.0 unless told otherwise.
bind_udc() { printf '%s' "${2:-dummy_udc.0}" > "$gadgets/$1/UDC"; }

# unbind_udc NAME: unplugs it.
unbind_udc() { printf '\n' > "$gadgets/$1/UDC"; }

# remove_gadget NAME: as configfs wants it, inside out.
remove_gadget() {
  local gadget=$gadgets/$1
  unbind_udc "$1" 2>/dev/null
  find "$gadget/configs" -type l -delete
  rmdir "$gadget"/configs/* "$gadget"/functions/* "$gadget"/strings/* "$gadget"
}

# make_gadget_sourcesink [CONTROLLER [SPEED]]: 0525:a4a0, serial SOURCESINK, plugged in. Configuration 1 is SourceSink: a
# bulk IN that gives zeros and a bulk OUT that wants zeros, with an alternate setting that has isochronous ones too;
# configuration 2 is Loopback: what goes in at OUT comes back at IN.
make_gadget_sourcesink() {
  make_gadget sourcesink 0x0525 0xa4a0 SOURCESINK SourceSink.0=c.1 Loopback.0=c.2 || return
  [ -z "${2:-}" ] || printf '%s' "$2" > "$gadgets/sourcesink/max_speed"
  bind_udc sourcesink "${1:-dummy_udc.0}"
}

# make_acm_gadget [CONTROLLER [SPEED]]: 0525:a4a7, serial ACM, a serial port that cdc_acm binds to; its other end is
# the newest /dev/ttyGS*.
make_acm_gadget() {
  make_gadget acm 0x0525 0xa4a7 ACM acm.0=c.1 || return
  [ -z "${2:-}" ] || printf '%s' "$2" > "$gadgets/acm/max_speed"
  bind_udc acm "${1:-dummy_udc.0}"
}

# Sysfs is read without starting a program: in an emulated machine each one takes tens of milliseconds.

# usb_attribute PORTPATH NAME: for instance serial or speed; status 1 when there is no such device or attribute.
usb_attribute() {
  local value=''
  read -r value < "/sys/bus/usb/devices/$1/$2" || [ -n "$value" ] || return
  printf '%s\n' "$value"
} 2>/dev/null

# usb_device VENDOR PRODUCT (as 0525 a4a0): the port path of the device (as 3-1); status 1 when there is none.
usb_device() {
  local path vendor product
  for path in /sys/bus/usb/devices/*-*; do
    case $path in *:*) continue ;; esac
    vendor='' product=''
    read -r vendor < "$path/idVendor"
    read -r product < "$path/idProduct"
    [ "$vendor:$product" = "$1:$2" ] || continue
    printf '%s\n' "${path##*/}"
    return 0
  done
  return 1
} 2>/dev/null

is_plugged() { usb_device "$@" > /dev/null; }
is_unplugged() { ! usb_device "$@" > /dev/null; }

# usb_node PORTPATH: its node, /dev/bus/usb/BBB/DDD.
usb_node() {
  printf '/dev/bus/usb/%03d/%03d\n' "$(usb_attribute "$1" busnum)" "$(usb_attribute "$1" devnum)"
}

# usb_driver PORTPATH INTERFACE (as 1.0): the name of the kernel driver bound to it; status 1 when there is none.
usb_driver() {
  local link
  link=$(readlink "/sys/bus/usb/devices/$1:$2/driver") && printf '%s\n' "${link##*/}"
}

# People who are not root.

# make_group NAME: made if missing. By hand, because groupadd and useradd want files that only root of the host may read.
make_group() {
  local number=4200
  getent group "$1" >/dev/null && return
  while getent group "$number" >/dev/null; do number=$((number + 1)); done
  printf '%s:x:%d:\n' "$1" "$number" >> /etc/group
}

# make_user NAME: made if missing, with a group and a home of its own.
make_user() {
  local number=4200 group
  id -u "$1" >/dev/null 2>&1 && return
  while getent passwd "$number" >/dev/null; do number=$((number + 1)); done
  make_group "$1" || return
  group=$(getent group "$1" | cut -d : -f 3)
  printf '%s:x:%d:%d::/home/%s:/bin/bash\n' "$1" "$number" "$group" "$1" >> /etc/passwd
  install -d -m 755 -o "$number" -g "$group" "/home/$1"
}

# as_user NAME GROUPS COMMAND…: as an ordinary user who is in these groups (a list with commas, or ''), all of them made
# if missing. Programs must be where that user may enter: see install_for_everybody.
as_user() {
  local name=$1 group
  make_user "$name" || return
  for group in ${2//,/ }; do make_group "$group" || return; done
  setpriv --reuid "$name" --regid "$name" --groups "$name${2:+,$2}" --no-new-privs \
    env HOME="/home/$name" USER="$name" "${@:3}"
}

# install_for_everybody FILE…: copies programs to /usr/local/bin, for clones in folders that only root may enter.
install_for_everybody() { install -m 755 -t /usr/local/bin "$@"; }
