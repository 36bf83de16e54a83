#!/usr/bin/env bash
# Builds the fuzzers, replays what they have found before (FailCases/), then lets each look for more for a bounded time,
# as many at once as there are processors.
#
#   FuzzTesting/run.sh [SECONDS]      seconds a fuzzer, 20 by default
#   TARGETS="FuzzFIASCO"              only these
#   CONFIGURATION=debug               builds in half the time, and tries less in the same time (default: release)
#
# Seeds are the hexadecimal examples of docs/protocols. A finding is kept in FailCases/TARGET/ and ends the run with
# status 1: correct the parser, add a unit test, and commit the file.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-20}
case $seconds in '' | *[!0-9]*) echo "usage: $0 [SECONDS]" >&2; exit 64 ;; esac
targets=${TARGETS:-$(cd Sources && echo Fuzz*)}

# The toolchain's own lld links fuzzers, gold does not.
configuration=${CONFIGURATION:-release}
build=(swift build -c "$configuration" -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld)
if [ -n "${TARGETS:-}" ]; then
  for target in $targets; do "${build[@]}" --product "$target"; done
else
  "${build[@]}"
fi
binaries=$(swift build -c "$configuration" --show-bin-path)

# Each paragraph of hexadecimal bytes in a fenced block, and each run of them between backticks, becomes a file. A
# container of which the specification shows only the header gets the data of its first example, a partition table's
# header its sectors, and a sparse image "[4096 bytes]" of them.
seeds=.build/seeds
rm -rf "$seeds"
mkdir -p "$seeds"
SEEDS=$seeds perl -0777 -ne '
  my @quoted = /`((?:[0-9a-f]{2} ){7,}[0-9a-f]{2})`/g;
  for my $part (split(/\n\s*\n|^```.*$/m), @quoted) {
    $part =~ s/\[(\d+) bytes\]/"A7" x $1/ge;
    $part =~ s/ {3,}[A-Z][A-Za-z \x27]*(0x[0-9a-f]+)?$//mg;
    (my $hex = uc $part) =~ s/\s+//g;
    next unless $hex =~ /^([0-9A-F]{2}){8,}$/;
    my $bytes = pack("H*", $hex);
    $bytes .= "ABCDE" . "\xFF" x 507 if $bytes =~ /^\xB4/ && length($bytes) < 150;
    $bytes = "\0" x 512 . $bytes . "\0" x 420 . "\0" x 4096 if $bytes =~ /^EFI PART/;
    open(my $file, ">:raw", sprintf("%s/%03d", $ENV{SEEDS}, ++$count)) or die;
    print $file $bytes;
  }' ../docs/protocols/*.md

# Replays and looks for more; the status is 1 when something was found.
fuzz() {
  local target=$1 log=.build/$1.log known runs
  mkdir -p ".build/corpus/$target" "FailCases/$target"
  shopt -s nullglob
  known=("FailCases/$target"/*)
  shopt -u nullglob
  # Swift's own backtracer would swallow the crash that libFuzzer waits for.
  export SWIFT_BACKTRACE=enable=no
  if [ ${#known[@]} -gt 0 ] && ! timeout -k 10 300 "$binaries/$target" "${known[@]}" >"$log" 2>&1; then
    printf '%s\nfuzz %s: a known failure is back\n' "$(tail -n 30 "$log")" "$target"
    return 1
  fi
  if timeout -k 10 $((seconds + 120)) "$binaries/$target" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 -print_final_stats=1 \
    -artifact_prefix="FailCases/$target/" ".build/corpus/$target" "$seeds" >"$log" 2>&1; then
    runs=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
    echo "fuzz $target: nothing found in ${runs:-?} runs, ${#known[@]} known failures replayed"
  else
    printf '%s\nfuzz %s: found something, see FuzzTesting/FailCases/%s\n' "$(tail -n 30 "$log")" "$target" "$target"
    return 1
  fi
}
export -f fuzz
export seconds binaries seeds

printf '%s\n' $targets | xargs -P "$(nproc)" -I '{}' bash -c 'fuzz {}' || exit 1
