#!/bin/bash
# Uses a built program as its users do: everyday commands against simulated devices, each with the exit status that it
# must end with, and the storage compared by cmp. The tests look at the debug build; this is for the one that users get.
#
#   FLASHCTL=.build/release/flashctl scripts/smoke-test.sh
set -uo pipefail

flashctl=${FLASHCTL:-.build/release/flashctl}
case $flashctl in */*) flashctl=$(cd "$(dirname "$flashctl")" && pwd)/$(basename "$flashctl") ;; esac
folder=$(mktemp -d "${TMPDIR:-/tmp}/flashctl-smoke.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0 count=0

# Any well-formed ELF file is a programmer for a simulated device.
export FLASHCTL_LOADER=/bin/true
export XDG_STATE_HOME=$folder/state

fails() { failures=$((failures + 1)) && printf 'smoke: %s\n' "$1" >&2; }

# ends STATUS ARGUMENT…: what the command says goes to the file `said`, also what it writes to standard output.
ends() {
  local status=0
  count=$((count + 1))
  timeout 120 "$flashctl" "${@:2}" > said 2> complaints || status=$?
  [ "$status" -eq "$1" ] || { fails "status $status, not $1: flashctl ${*:2}" && tail -n 5 complaints >&2; }
}

# same FILE STORED OFFSET: the file's bytes lie there.
same() {
  count=$((count + 1))
  cmp --bytes="$(stat -c %s "$1")" "$1" "$2" 0 "$3" >&2 || fails "$1 is not what $2 holds at $3"
}

# Storage of a Qualcomm device: MODEL REGION OFFSET, where the region begins at the byte OFFSET of lun0.img.
storage_commands() {
  local device=sim:$1,storage=$1,next-mode=edl region=$2 offset=$3
  ends 0 info -d "$device"
  ends 0 partitions -d "$device" --json
  ends 0 write "$region" image -d "$device" --verify
  same image "$1/lun0.img" "$offset"
  ends 0 read "$region" -o "$1.back" -d "$device"
  same image "$1.back" 0
  ends 0 verify "$region" image -d "$device"
  ends 0 erase "$region" -d "$device"
  ends 74 verify "$region" image -d "$device"
  ends 0 flash "$region=image" -d "$device" --dry-run --json
  ends 0 reboot --to edl -d "$device"
}

table_commands() {
  ends 0 gpt show --section 0 -d "$1"
  ends 0 gpt check --section 0 -d "$1"
  ends 0 gpt backup --section 0 -o table.bin -d "$1"
  ends 0 gpt repair --section 0 -d "$1"
  ends 0 gpt restore table.bin --section 0 -d "$1"
  ends 65 gpt show --section 1 -d sim:msm8916-emmc
  ends 0 slot get -d "$1"
  ends 0 slot set b -d "$1"
}

package_commands() {
  cat > rawprogram0.xml << 'XML'
<data><program SECTOR_SIZE_IN_BYTES="4096" filename="image" label="boot_b" num_partition_sectors="600"
  physical_partition_number="0" start_sector="20000" file_sector_offset="0"/></data>
XML
  ends 74 flash rawprogram0.xml -d "$1,fault=disconnect@byte:700000"
  ends 0 flash rawprogram0.xml -d "$1" --resume --no-reboot
  same image sdm845-ufs/lun0.img $((20000 * 4096))
  ends 0 flash rawprogram0.xml -d "$1" --delta --no-reboot
  ends 0 verify rawprogram0.xml -d "$1"
  ends 0 backup saved -d "$1" --only boot_a
  ends 0 restore saved -d "$1" --verify --only boot_a
  ends 66 flash missing.xml -d "$1"
}

streams() {
  ends 0 flash "boot_a=-" -d "$1" --no-reboot < image
  ends 0 read boot_a -o - -d "$1"
  same image said 0
}

# A MediaTek phone by its agent: MODEL USER_FILE BOOT_PARTITION LOADER_FILE OFFSET, where the loader lies in LOADER_FILE.
scatter_commands() {
  local model=$1 user=$1-storage/$2 boot=$3 files=$1-files device start
  device=sim:$1,clock=virtual,storage=$1-storage
  ends 0 simulate "$model" --write-fixtures "$files"
  local agent=(--loader "$files/DA.bin" --preloader "$files/preloader.bin" -d "$device")
  ends 0 info "${agent[@]}"
  ends 0 mtk brom info -d "$device"
  ends 0 scatter check "$files/package"
  ends 0 partitions "${agent[@]}" --json
  start=$(sed -n "s/.*\"name\":\"$boot\".*\"start\":\([0-9]*\).*/\1/p" said | head -n 1)
  ends 0 flash "$files/package" "${agent[@]}" --verify
  same "$files/package/$boot.bin" "$user" "${start:-0}"
  same "$files/preloader.bin" "$model-storage/$4" "$5"
  ends 0 verify "$files/package" "${agent[@]}"
  ends 0 write "$boot" image "${agent[@]}"
  same image "$user" "${start:-0}"
  ends 74 verify "$files/package" "${agent[@]}"
  ends 0 read "$boot" -o "$model.back" "${agent[@]}"
  same image "$model.back" 0
  ends 0 backup "$model-saved" "${agent[@]}" --only "$boot"
  ends 0 erase "$boot" "${agent[@]}"
  ends 0 restore "$model-saved" "${agent[@]}" --only "$boot" --verify
  same image "$user" "${start:-0}"
  ends 0 flash "$files/package" "${agent[@]}" --mode firmware-upgrade --copies "$model-copies"
  ends 0 gpt check --section "${2%.img}" "${agent[@]}"
  ends 64 write nvram image "${agent[@]}"
  ends 0 reboot "${agent[@]}" --to fastboot
  ends 65 read "$boot" -o nothing -d "$device"
  ends 64 read "$boot" -o nothing -d "sim:$model-secured,storage=locked-$model" "${agent[@]:0:4}"
}

head -c 2000001 /dev/urandom > noise
head -c 1310720 noise > image
# What it says goes to a file, which the device does not read.
# shellcheck disable=SC2094
"$flashctl" partitions -d sim:sdm845-ufs,storage=sdm845-ufs --json > partitions 2> complaints || fails "partitions"
boot=$(sed -n 's/.*"name":"boot_a".*"start":\([0-9]*\).*/\1/p' partitions | head -n 1)
storage_commands sdm845-ufs boot_a "${boot:-0}"
storage_commands msm8916-emmc 0/100000s+4000s $((100000 * 512))
storage_commands mdm9207-nand 0/51200s+640s $((51200 * 2048))
storage_commands ipq-spinor 0/16s+320s $((16 * 4096))
table_commands sim:sdm845-ufs,storage=sdm845-ufs
package_commands sim:sdm845-ufs,storage=sdm845-ufs
streams sim:sdm845-ufs,storage=sdm845-ufs
ends 0 qcom sahara ramdump -o dump -d sim:sdm845-crash
ends 0 qcom firehose xml '<nop/>' -d sim:sdm845-ufs
ends 0 image create --quiet -o firmware "mmc=noise,device=RX-51,version=1.0"
ends 0 flash firmware -d sim:rx51,storage=rx51
same noise rx51/mmc.bin 0
scatter_commands mt6765 user.img boot boot1.img $((0x800))
scatter_commands mt6785 lun2.img boot_a lun0.img 0
scatter_commands mt6893 lun2.img boot_a lun0.img 0
scatter_commands mt6789 user.img boot boot1.img $((0x800))
ends 69 info -d usb:1-99
ends 64 write -d sim:rx51

if [ "$failures" -gt 0 ]; then
  echo "smoke: $failures of $count checks failed" >&2
  exit 1
fi
echo "smoke: all $count checks of $flashctl passed"
