#!/bin/bash
# How long isodoc takes, beside the command that it answers for and beside other programs, as docs/performance.md has it:
#   benches/compare.sh [PATH-TO-ISODOC]       ROUNDS=40 RUNS=25 OUT=/tmp/performance.md benches/compare.sh
# The speed of a machine drifts, so all take turns in many short rounds, in the other order in every other round. The ratio of
# the medians over all runs counts; its spread is that of the rounds. As root it measures an unprivileged user, by setpriv(1).
# Needs hyperfine and jq; what else is compared is what is installed (check-config.sh of moby by CHECK_CONFIG=FILE).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-20} runs=${RUNS:-25} out=${OUT:-docs/performance.md}

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
check="$work/isodoc check --format json --flags '$flags'"

# Both have to work here, or the times say nothing.
# shellcheck disable=SC2086
"${as[@]}" unshare $flags true || { echo "unshare is refused here: nothing to compare" >&2; exit 2; }
"${as[@]}" "$work/isodoc" check --format json --flags "$flags" >"$work/report" || { echo "isodoc says it is refused here" >&2; exit 2; }
jq -e '.mechanisms[] | select(.id == "unshare") | .probe.status == "ran"' "$work/report" >/dev/null || { echo "the probe did not run" >&2; exit 2; }

# 10,000 files; 1,000 of them for other linters.
mkdir "$work/files" "$work/some"
manifest='services:\n  worker-%d:\n    image: worker:1\n    environment:\n      ENABLE_UNSHARE_PID: "true"\n    pids_limit: %d\n'
for ((n = 1; n <= 10000; n++)); do
  # shellcheck disable=SC2059
  printf "$manifest" "$n" "$((n + 100))" >"$work/files/$n.compose.yaml"
  ((n > 1000)) || cp "$work/files/$n.compose.yaml" "$work/some/"
done

# What is short is run often in each round, the rest once.
quick=() slow=()
quick+=(-n 'true' /bin/true -n 'unshare … true' "unshare $flags true")
quick+=(-n 'isodoc --version' "$work/isodoc --version")
quick+=(-n 'isodoc check --no-probe' "$work/isodoc check --no-probe --format json" -n 'isodoc check' "$check")
slow+=(-n 'isodoc lint, 10,000 files' "$work/isodoc lint --assume plain-linux --format json $work/files")
# add NAME COMMAND: where it works here.
add() {
  # shellcheck disable=SC2086
  if "${as[@]}" $2 >/dev/null 2>&1; then slow+=(-n "$1" "$2"); fi
}
add 'bwrap … true' 'bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev true'
add 'lxc-checkconfig' lxc-checkconfig
add 'check-config.sh' "${CHECK_CONFIG:-/usr/share/docker.io/contrib/check-config.sh}"
add 'docker info' 'docker info'
add 'podman info' 'podman info'
slow+=(-n 'isodoc lint, 1,000 files' "$work/isodoc lint --assume plain-linux --format json $work/some")
# It finds other things in the same files.
add 'yamllint, 1,000 files' "yamllint $work/some"

# turned COMMANDS: in the other order.
turned() {
  local -a all=("$@")
  for ((at = $# - 3; at >= 0; at -= 3)); do printf '%s\0' "${all[@]:at:3}"; done
}
# measure ROUND RUNS COMMANDS
measure() {
  local round=$1 times=$2
  shift 2
  "${as[@]}" hyperfine --shell=none --ignore-failure --warmup 1 --runs "$times" --output null --style none \
    --export-json "$work/rounds/$round.json" "$@" 2>"$work/log" || { cat "$work/log" >&2; exit 2; }
}
for ((round = 1; round <= rounds; round++)); do
  order=("${quick[@]}") long=("${slow[@]}")
  if ((round % 2 == 0)); then
    mapfile -d '' order < <(turned "${quick[@]}")
    mapfile -d '' long < <(turned "${slow[@]}")
  fi
  measure "$round-quick" "$runs" "${order[@]}"
  ((round > 5)) || measure "$round-slow" 1 "${long[@]}"
done

# Peak memory: ru_maxrss of getrusage(2), which also has that of the process before it became isodoc: only a small one may
# start it, as time(1) is.
peak='an unknown number of (no /usr/bin/time)'
if [ -x /usr/bin/time ]; then
  peak=$("${as[@]}" /usr/bin/time -f %M "$work/isodoc" check --format json --flags "$flags" 2>&1 >/dev/null | tail -1)
fi

{
  cat <<TEXT
# How long it takes

Measured by \`benches/compare.sh\`, which writes this page: $rounds rounds in which all took turns, $runs runs of each in a round
(of what takes longer one, in five rounds), as an unprivileged user. The ratio is that of the medians; behind it, the lowest and
the highest of a round.

* Machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1 | tr -s ' '), $(nproc) cores, $(uname -sr)
* $("$work/isodoc" --version), $(rustc --version 2>/dev/null || echo 'rustc not at hand'); $(unshare --version); $(hyperfine --version)

| what | median, ms | beside | ratio | goal |
| --- | ---: | --- | ---: | ---: |
TEXT
  jq -s -r '
    def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
    def rounded: . * 100 | round / 100;
    def of($name): map(select(.command == $name));
    [.[].results] as $rounds | [$rounds[][]] as $all |
    def times($name): [$all | of($name)[].times[]];
    def ratio($a; $b): ((times($a) | median) / (times($b) | median) | rounded) as $ratio |
      [$rounds[] | select((of($a) | length > 0) and (of($b) | length > 0)) | of($a)[0].median / of($b)[0].median] as $each |
      if $each == [] then "\($ratio)"
      else "\($ratio) (\($each | min | rounded) to \($each | max | rounded))" end;
    def row($a; $b; $goal): "| `\($a)` | \((times($a) | median) * 1000 | rounded) | \(if $b then "`\($b)`" else "" end) | \(if $b then ratio($a; $b) else "" end) | \($goal) |";
    ($all | map(.command) | unique) as $names |
    row("true"; null; ""), row("unshare … true"; null; ""),
    row("isodoc check"; "unshare … true"; "≤ 1.0"),
    row("isodoc check --no-probe"; "true"; "≤ 1.5"),
    row("isodoc --version"; "true"; "≤ 1.1"),
    row("isodoc lint, 10,000 files"; null; "≤ 5,000 ms"),
    row("isodoc lint, 1,000 files"; null; ""),
    ("yamllint, 1,000 files" | select(IN($names[])) | row(.; "isodoc lint, 1,000 files"; "")),
    ("bwrap … true", "docker info", "podman info", "check-config.sh" | select(IN($names[])) | row(.; "isodoc check"; "")),
    ("lxc-checkconfig" | select(IN($names[])) | row(.; "isodoc check"; "≥ 40"))
  ' "$work"/rounds/*.json
  cat <<'TEXT'

Most of what is above the goals is isodoc's own. The kernel's answers are cheap: on another machine, where `check --no-probe` took
3.6 ms, a static C program that asks the same 264 questions took 0.6 and an empty one 0.3 (the lowest of 500 runs each). Starting took
0.7: the program is as large as what it knows, and position-independent, as a program that root runs should be, so that every page
that it touches first is a fault, and its tables of constants are copied as they are relocated. Linked to a fixed address it has 188
faults instead of 294 and takes a seventh less time; that was measured and not done. The rest are 3.4 million instructions that run
once, with cold caches: every installed mechanism is predicted, and a report of 55 kB is written. What is mounted, and which programs
and daemons are installed, changes how much there is to ask.

`lint` writes more than it reads: for a service of three lines, 75 bytes, the JSON has 15,400 bytes and the screen 1,140. With thirty
lines a service, reading the settings and judging them takes as long as the parsing, and the goal of 1.5 is not reached.
TEXT
  printf '\nThe binary has %s bytes. `isodoc check` takes %s KiB of memory at its peak; the goal is 4,096.\n' \
    "$(stat -c %s "$work/isodoc")" "$peak"
  printf '\nWhat repeats, by `benches/counts.sh`:\n\n```text\n'
  benches/counts.sh "$work/isodoc" || true
  printf '```\n'
  if command -v cargo >/dev/null; then
    printf '\n`isodoc lint` of one file, beside parsing it alone, by `cargo bench --bench lint`:\n\n```text\n'
    cargo bench --quiet --bench lint
    printf '```\n'
    printf '\n`isodoc fleet`, beside only parsing the same reports, by `cargo bench --bench fleet`:\n\n```text\n'
    cargo bench --quiet --bench fleet
    printf '```\n'
  fi
} >"$work/page"
install -m 644 "$work/page" "$out"
sed -n '/^|/p' "$out"
