#!/bin/bash
# Process 1 of the virtual machine once the host's files are there: mounts what a running system has, runs the guest
# script, leaves its exit status and the kernel's log in the results, and ends the machine.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LANG=C.UTF-8 TERM=dumb
machine=/run/e2e/results/machine

mount_everything() {
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mkdir -p /dev/pts /dev/shm /run/lock /run/udev
  rmdir /run/udev # systemd-udevd makes it; libusb takes it for a sign of udevd
  chmod 1777 /run/lock
  mount -t devpts -o mode=620,ptmxmode=666,gid=5 devpts /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  ln -sf /proc/self/fd /dev/fd
  ln -sf fd/0 /dev/stdin
  ln -sf fd/1 /dev/stdout
  ln -sf fd/2 /dev/stderr
  mount -t debugfs debugfs /sys/kernel/debug
}

# The port has no name without udevd; the virtual machine has one only.
output_port() {
  local port
  for port in /dev/vport*; do
    [ -c "$port" ] && printf '%s\n' "$port" && return
  done
  printf '/dev/console\n'
}

end_machine() {
  printf '%s\n' "$1" > "$machine/exit-status"
  dmesg > "$machine/dmesg.log"
  sync
  umount /run/e2e/results
  # With -no-reboot a reset is the end of qemu, and the fastest one.
  echo b > /proc/sysrq-trigger
  sleep 60
}

mount_everything
hostname e2e
read -r since_boot _ < /proc/uptime
printf '%s\n' "$since_boot" > "$machine/boot-seconds"

# Sets directory, modules and command (the last two are arrays); written by run-vm.sh.
directory=/ modules=() command=(false)
# shellcheck source=/dev/null
source "$machine/job.sh"
cd "$directory" || cd /
status=125
exec 3> "$(output_port)"
if [ "${#modules[@]}" -eq 0 ] || modprobe --all "${modules[@]}" 2>&3; then
  setsid --wait "${command[@]}" < /dev/null >&3 2>&1 3>&-
  status=$?
fi
end_machine "$status"
