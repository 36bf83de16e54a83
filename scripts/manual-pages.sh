#!/bin/sh
# Makes the manual pages of a built flashctl (FLASHCTL) in a folder ($1): what swift-argument-parser's own tool writes,
# named so that `man flashctl image create` finds them, with the exit statuses of docs/exit-codes.md.
set -eu

folder=$1
flashctl=${FLASHCTL:-.build/release/flashctl}

swift build --quiet --product generate-manual
rm -rf "$folder"
mkdir -p "$folder"
# The date is that of the sources, so that the same sources give the same pages.
date=$(git log -1 --format=%cs 2>/dev/null || date +%F)
.build/debug/generate-manual "$flashctl" --multi-page --section 1 --date "$date" --output-directory "$folder"

statuses=$folder/.statuses
{
  echo '.Bl -tag -width "130"'
  # | 64 | EX_USAGE | the command line is wrong … |
  awk -F ' *[|] *' '/^\| [0-9]+ / { printf ".It %s%s\n%s.\n", $2, ($3 == "" ? "" : " (" $3 ")"), $4 }' docs/exit-codes.md
  echo '.El'
} > "$statuses"

for page in "$folder"/*.1; do
  sed -e "/^\.Ex -std/{r $statuses" -e 'd' -e '}' \
    -e '/^\.Dt FLASHCTL/s/\./-/2g' -e '/^\.Xr flashctl\./s/\([a-z]\)\./\1-/g' "$page" > "$page.edited"
  name=$(basename "$page" .1 | tr . -)
  rm "$page"
  mv "$page.edited" "$folder/$name.1"
done
rm "$statuses"
