#!/bin/bash
# How long isodoc takes, beside the command that it answers for:
#   benches/compare.sh [PATH-TO-ISODOC]       ROUNDS=40 RUNS=25 benches/compare.sh
# The speed of a machine drifts, so the two alternate in many short rounds, with the order turned in every other
# round, and the ratio of the medians over all runs is what counts: at most 1.5. Also prints peak memory
# (at most 8 MiB). As root it measures an unprivileged user, by setpriv(1). Needs hyperfine and jq.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-20} runs=${RUNS:-25}

for tool in hyperfine jq unshare; do
  command -v "$tool" >/dev/null || { echo "needs $tool" >&2; exit 2; }
done
isodoc=${1:-}
if [ -z "$isodoc" ]; then
  cargo build --release --quiet
  # shellcheck disable=SC2012
  isodoc=$(ls -t target/release/isodoc target/*/release/isodoc 2>/dev/null | head -1) || true
fi

work=$(mktemp -d)
umask 022
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -m 777 "$work/rounds"
install -m 755 "$isodoc" "$work/isodoc"

as=()
if [ "$(id -u)" = 0 ]; then
  command -v setpriv >/dev/null || { echo "needs setpriv to become an ordinary user" >&2; exit 2; }
  as=(setpriv --reuid=54321 --regid=54321 --clear-groups --inh-caps=-all --)
fi
flags='--user --map-root-user --pid --fork --mount-proc'
real="unshare $flags true"
ours="$work/isodoc check --format json --flags '$flags'"

# Both have to work here, or the times say nothing.
# shellcheck disable=SC2086
"${as[@]}" unshare $flags true || { echo "unshare is refused here: nothing to compare" >&2; exit 2; }
"${as[@]}" "$work/isodoc" check --format json --flags "$flags" >"$work/report" || { echo "isodoc says it is refused here" >&2; exit 2; }
jq -e '.mechanisms[] | select(.id == "unshare") | .probe.status == "ran"' "$work/report" >/dev/null || { echo "the probe did not run" >&2; exit 2; }

for ((round = 1; round <= rounds; round++)); do
  pair=(-n unshare "$real" -n isodoc "$ours")
  ((round % 2)) || pair=(-n isodoc "$ours" -n unshare "$real")
  "${as[@]}" hyperfine --shell=none --warmup 2 --runs "$runs" --output null --style none --export-json "$work/rounds/$round.json" "${pair[@]}" 2>"$work/log" || { cat "$work/log" >&2; exit 2; }
done

jq -s -r '
  def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
  def ms: . * 1e6 | round / 1e3;
  def times(name): [.[].results[] | select(.command == name) | .times[]];
  def per_round: [.[].results | (map(select(.command == "isodoc"))[0].median) / (map(select(.command == "unshare"))[0].median)];
  (times("unshare") | median) as $u | (times("isodoc") | median) as $i | per_round as $r |
  "unshare  median \($u | ms) ms",
  "isodoc   median \($i | ms) ms",
  "ratio    \($i / $u * 1000 | round / 1000)   (rounds: \($r | min * 1000 | round / 1000) to \($r | max * 1000 | round / 1000), median \($r | median * 1000 | round / 1000); \($r | length) rounds)"
' "$work"/rounds/*.json

# Peak memory: ru_maxrss of getrusage(2), of isodoc and of the children it waited for.
if [ -x /usr/bin/time ]; then
  peak=$("${as[@]}" /usr/bin/time -f %M "$work/isodoc" check --format json --flags "$flags" 2>&1 >/dev/null | tail -1)
elif command -v python3 >/dev/null; then
  peak=$("${as[@]}" python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, close_fds=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$work/isodoc" check --format json --flags "$flags")
else
  peak=
fi
if [ -n "$peak" ]; then
  awk -v kib="$peak" 'BEGIN { printf "memory   %.1f MiB at most\n", kib / 1024 }'
else
  echo "memory   not measured (neither /usr/bin/time nor python3)"
fi
