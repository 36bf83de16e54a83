#!/bin/bash
# A guest script that runs flashctl through libusb and the kernel's USB stack against its own simulated devices, attached
# to the machine's vhci_hcd: guest-flashctl.sh FLASHCTL USBPROOF IMAGE [CASES], where IMAGE.fiasco holds IMAGE as "mmc"
# and CASES is a regular expression that chooses cases by their names.
# shellcheck source=scripts/e2e/guest.sh
. /run/e2e/scripts/guest.sh
flashctl=$1 usbproof=$2 image=$3 chosen=${4:-.}
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

# with NAME MODEL OPTION… -- COMMAND…: runs the command while the device is plugged in.
with() {
  local name=$1 plugged=() status=0
  while [ "$1" != -- ]; do plugged+=("$1") && shift; done
  shift
  plug "${plugged[@]}" && "$@" || status=$?
  unplug "$name" || status=$?
  return "$status"
}

# run STATUS ARGUMENT…: flashctl's exit status must be this; what it said is in $work/out and $work/err.
run() { run_as root "$@"; }

# run_as USER[:GROUP] STATUS ARGUMENT…
run_as() {
  local who=(timeout 300 "$flashctl") status=0
  case $1 in
    root) ;;
    *:*) who=(as_user "${1%%:*}" "${1#*:}" timeout 300 flashctl) ;;
    *) who=(as_user "$1" '' timeout 300 flashctl) ;;
  esac
  "${who[@]}" "${@:3}" > "$work/out" 2> "$work/err" || status=$?
  [ "$status" -eq "$2" ] || { sed 's/^/# /' "$work/out" "$work/err" && same "exit status of ${*:3}" "$2" "$status"; }
}

# says TEXT FILE
says() { grep -qF -- "$1" "$work/$2" || { printf '# no "%s" in:\n' "$1" && tail -n 30 "$work/$2" | sed 's/^/#   /' && return 1; }; }

# What is attached.

needs_the_module() { run 69 simulate loopback --attach && says "modprobe vhci-hcd" err; }

attaches() {
  same ready "ready attach ${device_path[phone]} 0421:01c8" "$(cat "$work/phone.out")" &&
    same serial E2E-1 "$(usb_attribute "${device_path[phone]}" serial)" &&
    same speed 480 "$(usb_attribute "${device_path[phone]}" speed)"
}

identifies() {
  run 0 list && says "${device_path[phone]}" out && run 0 info && says RX-51 out &&
    run 0 doctor && says "answers:" out && says 0421:01c8 out
}

flashes() {
  run 0 flash "$image.fiasco" --device serial:E2E-1 && cmp "$image" "$work/storage/mmc.bin"
}

# The reboot at the end of flashing.
comes_back() {
  wait_for 60 grep -q "is back as 0421:01c8, at usb:${device_path[phone]}" "$work/phone.err" &&
    same path "${device_path[phone]}" "$(usb_device 0421 01c8)" && run 0 info --wait --wait-limit 60
}

gives_phonet_back() {
  local driver
  load_modules cdc_phonet || return
  wait_for 60 usb_driver "${device_path[phone]}" 1.1 > /dev/null || return
  driver=$(usb_driver "${device_path[phone]}" 1.1)
  same driver cdc_phonet "$driver" && run 0 info &&
    same "driver afterwards" cdc_phonet "$(usb_driver "${device_path[phone]}" 1.1)"
}

phone_cases() {
  local case
  plug phone rx51 --serial-number E2E-1 --storage "$work/storage" --set next-mode=update || return
  for case in attaches identifies flashes comes_back gives_phonet_back; do "$case" || { echo "# in $case" && return 1; }; done
}

stops() { unplug phone && is_unplugged 0421 01c8; }

# Faults and several devices.

survives_disconnect() {
  run 74 flash "$image.fiasco" && run 0 flash "$image.fiasco" --wait --wait-limit 60 && cmp "$image" "$work/storage-2/mmc.bin"
}

chooses_among_two() {
  run 69 info && says "usb:${device_path[first]}" err && says "usb:${device_path[second]}" err &&
    run 0 info --device serial:FIRST && says 1111 out && run 0 info --device serial:SECOND && says 2222 out &&
    run 0 info --device "usb:${device_path[first]}" && says 1111 out &&
    run 0 info --device "usb:${device_path[second]}" && says 2222 out
}

two_devices() { with second rx51 --serial-number SECOND --set hw-build=2222 -- chooses_among_two; }

# Hot-plug: once without udevd, once with it.

# listens PROCESS: it has a socket for the kernel's events (protocol 15, NETLINK_KOBJECT_UEVENT), or udevd's.
listens() {
  local protocol owner
  while read -r _ protocol owner _; do
    [ "$protocol" = 15 ] && [ "$owner" = "$1" ] && return
  done < /proc/net/netlink
  return 1
}

# catches MODEL OPTION…: a run that is waiting already has the device that comes then.
catches() {
  local status=0 waiting device
  "$flashctl" info --wait --wait-limit 60 > "$work/out" 2> "$work/err" &
  waiting=$!
  wait_for 60 listens "$waiting" || return
  "$flashctl" simulate "$@" --attach > "$work/phone.out" 2> "$work/phone.err" &
  device=$!
  wait "$waiting" || status=$?
  kill -INT "$device"
  wait "$device"
  same "exit status of info" 0 "$status" || { sed 's/^/# /' "$work/out" "$work/err" "$work/phone.err" && return 1; }
}

# ten_times COMMAND…
ten_times() {
  local round
  for round in 1 2 3 4 5 6 7 8 9 10; do "$@" || { echo "# round $round" && return 1; }; done
}

# The device is on the bus once, for two seconds; whoever misses it waits in vain.
catches_two_seconds() { ten_times catches rx51 --set presence-ms=2000 --set absence-ms=3600000; }

# The same of a preloader, which waits so long for its handshake and goes on with the phone then.
catches_preloader() {
  ten_times catches mt6765 --set actor=preloader --set window-ms=2000 --set off-ms=3600000 --set next-mode=gone
}

# A MediaTek phone, which the kernel takes for a serial port, and which changes its speed in the middle of a job.

# lies FILE STORED OFFSET
lies() { cmp --bytes="$(stat -c %s "$1")" "$1" "$2" 0 "$3"; }

flashes_mediatek() {
  local files=$work/mtk agent boot
  agent=(--loader "$files/DA.bin" --preloader "$files/preloader.bin")
  load_modules cdc_acm && wait_for 60 bound_to_cdc_acm && run 0 info && wait_for 60 bound_to_cdc_acm || return
  run 0 flash "$files/package" "${agent[@]}" --verify --no-reboot && wait_for 60 bound_to_cdc_acm || return
  # The agent goes on running, at high speed, and is found again.
  same speed 480 "$(usb_attribute "${device_path[mtk]}" speed)" && run 0 partitions --json || return
  boot=$(sed -n 's/.*"name":"boot".*"start":\([0-9]*\).*/\1/p' "$work/out")
  lies "$files/package/boot.bin" "$work/mtk-storage/user.img" "$boot" &&
    lies "$files/preloader.bin" "$work/mtk-storage/boot1.img" 2048 &&
    run 0 read boot -o "$work/boot.back" && lies "$files/package/boot.bin" "$work/boot.back" 0 &&
    run 0 reboot && wait_for 60 grep -q 'is back as 0e8d:0003' "$work/mtk.err" &&
    run 0 info --wait --wait-limit 60 && says "boot ROM" out && wait_for 60 bound_to_cdc_acm
}

bound_to_cdc_acm() {
  local setting
  for setting in 1.0 1.1; do
    [ "$(usb_driver "${device_path[mtk]}" "$setting" 2> /dev/null)" != cdc_acm ] || return 0
  done
  return 1
}

mediatek_phone() {
  "$flashctl" simulate mt6765 --write-fixtures "$work/mtk" > "$work/out" || return
  with mtk mt6765 --storage "$work/mtk-storage" -- flashes_mediatek
}

# The library's cases: stalls, zero-length packets, drivers, re-enumeration.

library() { timeout 300 "$usbproof" "$1" | sed --unbuffered 's/^/    /'; }

loops() {
  load_modules cdc_acm &&
    with loop loopback --set verify=yes --set "speed=$1" --set interrupt-interval-ms=20 -- loops_at "$2"
}
loops_at() {
  same speed "$1" "$(usb_attribute "${device_path[loop]}" speed)" && wait_for 60 test -c /dev/ttyACM0 || return
  library simulated
}

# Programs that nobody here wrote.

echoes_a_line() {
  local line=''
  load_modules cdc_acm && wait_for 60 test -c /dev/ttyACM0 && stty -F /dev/ttyACM0 raw -echo && exec 5<> /dev/ttyACM0 || return
  echo "through cdc_acm" >&5
  read -r -t 60 line <&5
  exec 5>&-
  same line "through cdc_acm" "$line"
}

# lsusb_says ID TEXT…: it knows what is missing, too.
lsusb_says() {
  local text
  lsusb -v -d "$1" > "$work/out" 2> "$work/err" || return
  for text in "${@:2}"; do says "$text" out || return; done
  same complaints '' "$(grep -iE 'missing|invalid|error' "$work/out" "$work/err")"
}

lsusb_reads_high_speed() {
  lsusb_says 1209:0001 "iSerial                 3 LOOPBACK" "bNumInterfaces          6" "line coding and serial state" \
    "Self Powered" && echoes_a_line
}

lsusb_reads_super_speed() {
  lsusb_says 1209:0001 "SuperSpeed USB Device Capability" "bMaxBurst              15" "bcdUSB               3.20"
}

lsusb_reads() {
  with phone rx51 -- lsusb_says 0421:01c8 "Device Qualifier" "N900 (PC-Suite Mode)" &&
    with loop loopback -- lsusb_reads_high_speed && with loop loopback --set speed=super -- lsusb_reads_super_speed
}

# The kernel's own USB/IP client against `flashctl simulate`.
usbip_client() {
  local status=0
  "$flashctl" simulate rx51 loopback > "$work/server.out" 2> "$work/server.err" &
  local server=$!
  wait_for 60 grep -q "1-2 1209:0001" "$work/server.out" && usbip_attaches || status=$?
  kill -INT "$server"
  wait "$server" || status=$?
  return "$status"
}

usbip_attaches() {
  usbip list -r 127.0.0.1 > "$work/out" 2> "$work/err" && says 0421:01c8 out && says 1209:0001 out &&
    usbip attach -r 127.0.0.1 -b 1-1 && wait_for 60 is_plugged 0421 01c8 &&
    run 0 info --wait --wait-limit 60 && says RX-51 out && usbip port > "$work/out" 2> "$work/err" || return
  usbip detach -p "$(sed -n 's/^Port \([0-9]*\):.*/\1/p' "$work/out" | head -n 1)" && wait_for 60 is_unplugged 0421 01c8
}

# flashctl's own USB/IP client against the kernel's server, which exports a gadget of the kernel's.
usbip_server() {
  local status=0 path
  make_gadget_sourcesink dummy_udc.0 high-speed && wait_for 60 is_plugged 0525 a4a0 || return
  path=$(usb_device 0525 a4a0)
  load_modules usbip-host && usbip bind -b "$path" > "$work/bind.log" 2>&1 && usbipd -D || return
  wait_for 60 "$flashctl" list --usbip 127.0.0.1 > "$work/out" 2>&1 && says "$path" out && says 0525:a4a0 out &&
    E2E_SELECTOR=usbip:127.0.0.1/$path library usbip || status=$?
  kill "$(pidof usbipd)"
  usbip unbind -b "$path" >> "$work/bind.log" 2>&1
  remove_gadget sourcesink
  return "$status"
}

# shellcheck source=scripts/e2e/qdl.sh
. /run/e2e/scripts/qdl.sh

# People who are not root.

denies_ordinary_users() {
  install_for_everybody "$flashctl" && with phone rx51 -- run_as visitor 77 info && says udev-rules err &&
    run_as visitor 77 simulate loopback --attach && says root err
}

lets_members_in() {
  install_for_everybody "$flashctl" && "$flashctl" udev-rules > /etc/udev/rules.d/70-flashctl.rules && make_group plugdev && start_udevd || return
  with phone rx51 -- members_only
}
members_only() { udevadm settle --timeout=60 && run_as visitor:plugdev 0 info && says RX-51 out && run_as stranger 77 info; }

# prove NAME FUNCTION…: a case that is chosen.
prove() { [[ ! $1 =~ $chosen ]] || run_case "$@"; }

prove "without the module, attaching says how to load it" needs_the_module
load_modules vhci-hcd
prove "a simulated phone is identified, flashed whole, comes back, and its driver with it" phone_cases
prove "it is gone when the simulator stops" stops
prove "a disconnection in mid-transfer is exit status 74, and the next run works" \
  with phone rx51 --storage "$work/storage-2" --set next-mode=update --fault disconnect@byte:9M -- survives_disconnect
prove "two devices are told apart by serial number and by port path" \
  with first rx51 --serial-number FIRST --set hw-build=1111 -- two_devices
prove "without udevd: --wait finds a device that appears later" catches rx51
prove "without udevd: a device that stays for two seconds is caught ten times out of ten" catches_two_seconds
prove "a preloader that waits for two seconds is caught ten times out of ten" catches_preloader
prove "a MediaTek phone is flashed, changes its speed, and the kernel's serial driver comes back" mediatek_phone
prove "the library at high speed" loops high 480
prove "the library at super speed" loops super 5000
prove "lsusb reads the descriptors, cdc_acm carries a line" lsusb_reads
prove "the kernel's USB/IP client attaches what simulate serves" usbip_client
prove "flashctl's USB/IP client uses what the kernel's server exports" usbip_server
prove "qdl flashes a simulated phone with eMMC, and the storage is as the package says" \
  qdl_flashes msm8916-emmc emmc 512 boot
prove "qdl flashes a simulated phone with UFS, and the storage is as the package says" \
  qdl_flashes sdm845-ufs ufs 4096 boot_a 4 tz_a
prove "qdl flashes a simulated modem with NAND, and the storage is as the package says" qdl_flashes_nand
prove "an ordinary user is refused with status 77 and the remedy" denies_ordinary_users
prove "with the udev rules a member of their group is let in, and nobody else" lets_members_in
prove "with udevd: --wait finds a device that appears later" catches rx51
prove "with udevd: a device that stays for two seconds is caught ten times out of ten" catches_two_seconds
cases_end
