#!/bin/bash
# Boots a throw-away virtual machine (Debian's stock kernel, plain emulation, no disk, no network) that sees this
# machine's files, runs a script in it as root and ends with the script's exit status. Nothing that the script does
# can change a file here, except in the results folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
usage="usage: run-vm.sh [--modules \"a b c\"] [--timeout SECONDS] [--cpus N] [--memory MEGABYTES] [--results FOLDER] -- SCRIPT [ARGUMENT…]"

modules='' timeout=600 cpus=2 memory=2048
results=$(cd "$here/../.." && pwd -P)/.build/e2e/results

say() { printf 'e2e: %s\n' "$*" >&2; }
die() {
  say "$2"
  exit "$1"
}
bad_usage() { die 64 "$1; $usage"; }

is_number() { [[ $1 =~ ^[1-9][0-9]{0,5}$ ]]; }

parse_options() {
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in
      --help) printf '%s\n' "$usage" && exit 0 ;;
      --modules | --timeout | --cpus | --memory | --results) [ $# -ge 2 ] || bad_usage "$1 needs a value" ;;
      *) bad_usage "unknown option $1" ;;
    esac
    case $1 in
      --modules)
        [[ $2 =~ ^[A-Za-z0-9_\ -]*$ ]] || bad_usage "these are no names of modules: $2"
        modules=$2
        ;;
      --results) results=$2 ;;
      *)
        is_number "$2" || bad_usage "$1 needs a number, not $2"
        printf -v "${1#--}" %s "$2"
        ;;
    esac
    shift 2
  done
  [ $# -ge 2 ] || bad_usage "no script to run"
  shift
  command=("$@")
}

# The guest has its own /dev, /proc, /run and /sys.
check_visible() {
  case $1/ in
    /dev/* | /proc/* | /run/* | /sys/*) die 125 "$1 cannot be seen in the virtual machine; use another folder" ;;
  esac
}

absolute_script() {
  [ -f "${command[0]}" ] || die 66 "no such script: ${command[0]}"
  command[0]=$(realpath "${command[0]}")
  check_visible "${command[0]}"
  [ -x "${command[0]}" ] || command=(/bin/bash "${command[@]}")
}

write_job() {
  mkdir -p "$results/machine"
  results=$(cd "$results" && pwd -P)
  rm -f "$results/machine"/* "$results/cases.tap"
  {
    printf 'directory=%q\n' "$(pwd -P)"
    printf 'modules=(%s)\n' "$modules"
    printf 'command=(%s)\n' "${command[*]@Q}"
  } > "$results/machine/job.sh"
}

# qemu's commas are doubled inside a value.
value() { printf '%s' "${1//,/,,}"; }

# The script's output goes to our own as it comes, and to a file. A pipe, because qemu would truncate a file, cannot
# open a socket, and takes the end of its input for a port that nobody listens to.
open_output() {
  exec {output}> >(exec tee "$results/machine/output.log")
  output_process=$!
}

start_machine() {
  local append="console=ttyS0 loglevel=4 panic=-1 oops=panic mitigations=off tsc=reliable no_timer_check"
  append+=" random.trust_cpu=on e2e.scripts=$here e2e.modules=$machine/modules"
  # shellcheck disable=SC2054 # the commas are qemu's
  qemu=(timeout --kill-after=5 "$timeout" "$qemu_program"
    -no-user-config -nodefaults -no-reboot -display none -monitor none
    -machine q35,usb=off,vmport=off -accel tcg,thread=multi -cpu Nehalem,+rdrand -smp "$cpus" -m "$memory"
    -kernel "$machine/vmlinuz" -initrd "$machine/initramfs.gz" -append "$append"
    -serial "file:$(value "$results/machine/console.log")"
    -fsdev "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"
    -device virtio-9p-pci,fsdev=host,mount_tag=host
    -fsdev "local,id=results,path=$(value "$results"),security_model=none"
    -device virtio-9p-pci,fsdev=results,mount_tag=results
    -chardev "file,id=output,path=/dev/fd/$output"
    -device virtio-serial-pci -device virtserialport,chardev=output,name=output
  )
  "${qemu[@]}" < /dev/null 2> "$results/machine/qemu.log" &
  qemu_process=$!
}

# shellcheck disable=SC2317,SC2329 # called by the trap
stop_machine() {
  [ -z "$qemu_process" ] || kill "$qemu_process" 2>/dev/null || true
}

show_end_of() {
  [ ! -s "$1" ] || { say "the end of ${1##*/}:" && tail -n 20 "$1" | sed 's/^/  /' >&2; }
}

# The exit status of the guest script, or 124 for the time limit and 125 for a machine that never came to an end.
finish() {
  local status=0
  wait "$qemu_process" || status=$?
  qemu_process=
  exec {output}>&-
  wait "$output_process" || true
  if [ -s "$results/machine/exit-status" ]; then
    exit "$(cat "$results/machine/exit-status")"
  fi
  show_end_of "$results/machine/qemu.log"
  show_end_of "$results/machine/console.log"
  case $status in 124 | 137) die 124 "the virtual machine was stopped after $timeout seconds" ;; esac
  die 125 "the virtual machine ended (qemu: $status) before the script did"
}

parse_options "$@"
qemu_program=$(command -v qemu-system-x86_64) ||
  die 125 "cannot run a virtual machine: no qemu-system-x86_64 here ('make e2e' installs it)"
absolute_script
check_visible "$here"
machine=$("$here/prepare-machine.sh") || exit 125
check_visible "$machine"
case $here$machine in *[[:space:]\"]*) die 125 "the kernel's command line cannot hold a path with spaces: $here" ;; esac
write_job
qemu_process=
trap stop_machine EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
open_output
start_machine
finish
