# shellcheck shell=bash
# shellcheck disable=SC2154 # work, plug and the others are guest-flashctl.sh's
# Cases of guest-flashctl.sh in which Debian's qdl, a programmer that nobody here wrote, flashes simulated devices with a
# small package of the kind that vendors ship, and the storage is looked at from outside.

# number SIZE FILE OFFSET: a little-endian number in a file.
number() { od -An -v "-tu$1" -j "$3" -N "$1" "$2" | tr -d ' '; }

# partition_start FILE SECTOR NAME: the first sector of a partition.
partition_start() {
  fdisk --sector-size "$2" --output start,name --list "$1" | awk -v name="$3" '$2 == name { print $1 }' | grep . ||
    { printf '# no partition %s in %s\n' "$3" "$1" >&2 && return 1; }
}

# A well-formed ELF file: the simulated boot ROM reads it as it would a programmer. This one is whatever qdl itself is.
make_programmer() { cp "$(command -v qdl)" "$1"; }

# program_line SECTOR LUN START FILE LABEL: one <program>, whose file ends inside a sector.
program_line() {
  local size
  size=$(stat -c %s "$package/$4")
  printf '  <program SECTOR_SIZE_IN_BYTES="%s" file_sector_offset="0" filename="%s" label="%s" num_partition_sectors="%s" ' \
    "$1" "$4" "$5" $(((size + $1 - 1) / $1))
  printf 'partofsingleimage="false" physical_partition_number="%s" readbackverify="false" size_in_KB="%s" sparse="false" ' \
    "$2" $((size / 1024))
  printf 'start_byte_hex="0x0" start_sector="%s" />\n' "$3"
}

# patch_line SECTOR LUN START OFFSET SIZE VALUE
patch_line() {
  printf '  <patch SECTOR_SIZE_IN_BYTES="%s" byte_offset="%s" filename="DISK" physical_partition_number="%s" ' "$1" "$4" "$2"
  printf 'size_in_bytes="%s" start_sector="%s" value="%s" what="a table" />\n' "$5" "$3" "$6"
}

# table_patches SECTOR LUN FILE: as vendors' patch files do it, in both tables: a new attribute word of the first
# partition, then the checksum of the entries, then that of the header.
table_patches() {
  local sector=$1 lun=$2 file=$3 total count entries backup
  total=$(($(stat -c %s "$file") / sector))
  count=$(($(number 4 "$file" $((sector + 80))) * $(number 4 "$file" $((sector + 84)))))
  entries=$(number 8 "$file" $((sector + 72)))
  backup=$((total - $(number 8 "$file" $(((total - 1) * sector + 72)))))
  patch_line "$sector" "$lun" "$entries" 48 8 4
  patch_line "$sector" "$lun" "NUM_DISK_SECTORS-$backup." 48 8 4
  patch_line "$sector" "$lun" 1 88 4 "CRC32($entries,$count)"
  patch_line "$sector" "$lun" 1 16 4 0
  patch_line "$sector" "$lun" 1 16 4 "CRC32(1,92)"
  patch_line "$sector" "$lun" NUM_DISK_SECTORS-1. 88 4 "CRC32(NUM_DISK_SECTORS-$backup.,$count)"
  patch_line "$sector" "$lun" NUM_DISK_SECTORS-1. 16 4 0
  patch_line "$sector" "$lun" NUM_DISK_SECTORS-1. 16 4 "CRC32(NUM_DISK_SECTORS-1.,92)"
}

# table_is_right SECTOR FILE: by a program that nobody here wrote, which checks both tables and their checksums.
table_is_right() {
  if [ "$1" = 512 ]; then
    sgdisk --verify "$2" > "$work/table" 2>&1 && grep -q 'No problems found' "$work/table"
  else
    fdisk --sector-size "$1" --list "$2" > "$work/table" 2>&1 && grep -q 'Disklabel type: gpt' "$work/table" &&
      ! grep -qiE 'corrupt|invalid|mismatch|error' "$work/table"
  fi || { sed 's/^/# /' "$work/table" && return 1; }
}

# attributes_are VALUE SECTOR FILE: of the first partition, in both tables.
attributes_are() {
  local total=$(($(stat -c %s "$3") / $2)) place
  for place in 1 $((total - 1)); do
    same "attributes by the header in sector $place" "$1" \
      "$(number 8 "$3" $(($(number 8 "$3" $((place * $2 + 72))) * $2 + 48)))" || return
  done
}

# lies_at OFFSET FILE STORAGE SECTOR: the file's bytes are there, and zeros behind them up to the end of the sector.
lies_at() {
  local size rest
  size=$(stat -c %s "$2")
  rest=$((($4 - size % $4) % $4))
  cmp --bytes="$size" "$2" "$3" 0 "$1" &&
    { [ "$rest" -eq 0 ] || cmp --bytes="$rest" /dev/zero "$3" 0 $(($1 + size)); }
}

# only_changed SECTOR BEFORE AFTER FIRST LAST: nothing but the tables and sectors FIRST…LAST differ.
only_changed() {
  local total=$(($(stat -c %s "$2") / $1)) outside
  outside=$(cmp -l "$2" "$3" | awk -v s="$1" -v first="$4" -v last="$5" -v total="$total" '
    { sector = int(($1 - 1) / s) }
    sector >= 1 && sector <= 33 || sector >= total - 33 { next }
    sector < first || sector > last { print sector }' | head -n 1)
  same "first sector that should not have changed" '' "$outside"
}

# flash_with_qdl MODEL STORAGE MEMORY FILE…: runs qdl in $package against the device that is plugged in as "edl", and
# unplugs it. qdl waits for logs behind a response for 100 ms, which an emulated machine on a busy host may miss; then the
# device is plugged in anew, in emergency download mode, twice at most.
flash_with_qdl() {
  local attempt status
  for attempt in 1 2 3; do
    [ "$attempt" = 1 ] || plug edl "$1" --storage "$2" || return
    status=0
    (cd "$package" && timeout 300 qdl --debug --storage "$3" prog_firehose.elf "${@:4}") > "$work/qdl.log" 2>&1 || status=$?
    unplug edl || return
    if [ "$status" -eq 0 ] || ! grep -q 'timed out' "$work/qdl.log"; then break; fi
    printf '# attempt %s: qdl ran out of time\n' "$attempt"
  done
  [ "$status" -eq 0 ] || { tail -n 60 "$work/qdl.log" | sed 's/^/# /' && tail -n 20 "$work/edl.err" | sed 's/^/# /'; }
  same "exit status of qdl" 0 "$status"
}

# qdl_flashes MODEL MEMORY SECTOR PARTITION [LUN PARTITION]: the package writes a file into a partition of LUN 0 and,
# where there is one, of another LUN, and patches the partition table of LUN 0.
qdl_flashes() {
  local model=$1 memory=$2 sector=$3 storage=$work/qdl-$1 package=$work/package-$1 start other lun
  mkdir -p "$package"
  make_programmer "$package/prog_firehose.elf"
  head -c 3000001 /dev/urandom > "$package/boot.img"
  head -c 70001 /dev/urandom > "$package/other.img"
  # Small, since every byte of it is looked at; the files keep their size.
  plug edl "$model" --storage "$storage" --set lun0-size=256M || return
  if ! table_is_right "$sector" "$storage/lun0.img" || ! start=$(partition_start "$storage/lun0.img" "$sector" "$4"); then
    unplug edl
    return 1
  fi
  cp --sparse=always "$storage/lun0.img" "$work/before.img"
  {
    printf '<?xml version="1.0" ?>\n<data>\n'
    program_line "$sector" 0 "$start" boot.img "$4"
    if [ $# -ge 6 ]; then
      lun=$5
      other=$(partition_start "$storage/lun$lun.img" "$sector" "$6")
      program_line "$sector" "$lun" "$other" other.img "$6"
    fi
    printf '</data>\n'
  } > "$package/rawprogram0.xml"
  { printf '<?xml version="1.0" ?>\n<patches>\n' && table_patches "$sector" 0 "$storage/lun0.img" && printf '</patches>\n'; } \
    > "$package/patch0.xml"
  flash_with_qdl "$model" "$storage" "$memory" rawprogram0.xml patch0.xml || return
  lies_at $((start * sector)) "$package/boot.img" "$storage/lun0.img" "$sector" || return
  [ -z "${lun-}" ] || lies_at $((other * sector)) "$package/other.img" "$storage/lun$lun.img" "$sector" || return
  attributes_are 4 "$sector" "$storage/lun0.img" && table_is_right "$sector" "$storage/lun0.img" &&
    only_changed "$sector" "$work/before.img" "$storage/lun0.img" "$start" $((start + 3000001 / sector))
}

# qdl_flashes_nand: a modem with raw NAND, where sectors are pages, blocks are erased first, and bytes are FF afterwards.
qdl_flashes_nand() {
  local storage=$work/qdl-nand package=$work/package-nand page=2048 block=64 start=51200 pages=640 erased
  mkdir -p "$package"
  make_programmer "$package/prog_firehose.elf"
  head -c 500001 /dev/urandom > "$package/boot.img"
  plug edl mdm9207-nand --storage "$storage" || return
  head -c $((pages * page)) /dev/urandom | dd of="$storage/lun0.img" bs="$page" seek="$start" conv=notrunc status=none
  cp --sparse=always "$storage/lun0.img" "$work/before.img"
  {
    printf '<?xml version="1.0" ?>\n<data>\n  <erase PAGES_PER_BLOCK="%s" SECTOR_SIZE_IN_BYTES="%s" ' "$block" "$page"
    printf 'num_partition_sectors="%s" start_sector="%s" physical_partition_number="0" />\n' "$pages" "$start"
    printf '  <program PAGES_PER_BLOCK="%s" SECTOR_SIZE_IN_BYTES="%s" filename="boot.img" label="boot" ' "$block" "$page"
    printf 'last_sector="%s" num_partition_sectors="%s" physical_partition_number="0" start_sector="%s" />\n</data>\n' \
      $((start + pages - 1)) "$pages" "$start"
  } > "$package/rawprogram0.xml"
  flash_with_qdl mdm9207-nand "$storage" nand rawprogram0.xml || return
  lies_at $((start * page)) "$package/boot.img" "$storage/lun0.img" "$page" || return
  erased=$((start + 500001 / page + 1))
  cmp --bytes=$(((start + pages - erased) * page)) <(tr '\0' '\377' < /dev/zero) "$storage/lun0.img" 0 $((erased * page)) &&
    cmp --bytes=$((start * page)) "$work/before.img" "$storage/lun0.img" &&
    cmp "$work/before.img" "$storage/lun0.img" $(((start + pages) * page)) $(((start + pages) * page))
}
