#!/bin/bash
# How many system calls and instructions isodoc takes. They repeat, so they are held to a limit, which wall time cannot be:
#   benches/counts.sh [PATH-TO-ISODOC]
# Needs strace, and valgrind for the instructions. The PATH is a plain one; what is installed on a machine decides some calls.
set -euo pipefail
cd "$(dirname "$0")/.."
isodoc=${1:-}
if [ -z "$isodoc" ]; then
  cargo build --release --quiet
  # shellcheck disable=SC2012
  isodoc=$(ls -t target/release/isodoc target/*/release/isodoc 2>/dev/null | head -1)
fi
most_calls=326 most_instructions=3480000 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
plain=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)

# hold WHAT COUNT MOST
hold() {
  printf '%-44s %10d   (at most %d)\n' "$1" "$2" "$3"
  [ "$2" -le "$3" ] || failed=1
}

command -v strace >/dev/null || { echo "needs strace" >&2; exit 2; }
"${plain[@]}" strace -f -o "$work/calls" "$isodoc" check --no-probe --format json >/dev/null || [ $? != 2 ]
hold 'system calls, check --no-probe' "$(grep -c '(' "$work/calls")" "$most_calls"
if command -v valgrind >/dev/null; then
  "${plain[@]}" valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" "$isodoc" check --no-probe --format json \
    >/dev/null 2>"$work/log" || [ $? != 2 ]
  hold 'instructions, check --no-probe --format json' "$(sed -n 's/.*refs: *//p' "$work/log" | tr -d ,)" "$most_instructions"
else
  echo "skipped: instructions: no valgrind"
fi
exit $failed
