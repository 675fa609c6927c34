//! Mutated inputs for every parser, and for `lint --fix`.
//!
//! ```text
//! cargo test --test fuzz                          # a second for each parser
//! cargo test --release --test fuzz -- --seconds 60 # a minute for each; prints the table of
//!                                                 # docs/security.md
//! cargo test --test fuzz -- --seconds 10 yaml      # those with that in their name
//! cargo test --release --test fuzz -- --seconds 9999 --executions 10000000   # no more than that
//! ```
//!
//! A parser may refuse what it is fed, but neither panic nor take longer than [`SLOW`]. What
//! `lint --fix` has written is fixed: a second run changes nothing, and says the same.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use isodoc::fuzzed::{Fixer, PARSERS};

/// What no input of [`LONGEST`] bytes may take, on a machine that does other things too.
const SLOW: Duration = Duration::from_secs(2);
/// The longest input that is made.
const LONGEST: usize = 64 << 10;

/// Words that parsers look at.
const WORDS: &[&str] = &[
    "services:", "\n", "\n  ", "- ", ": ", "&a ", "*a", "<<: ", "!!str ", "|\n", ">-\n", "{", "}",
    "[", "]", "\"", "'", "\\", "${A:-b}", "${A?", "$$", "$(", "`", "<<EOF\n", "#", "---\n", "\r\n",
    "\t", "\u{feff}", "\0", "\u{202e}", "docker run ", "--security-opt ", "seccomp=unconfined",
    "--cap-add=SYS_ADMIN ", "privileged: true", "securityContext:", "apiVersion: v1\n",
    "kind: Pod\n", "containers:", "unshare ", "--user ", "--map-root-user ", "--mount-proc=/x ",
    "--map-users=0,1,2 ", "-Ur", "if ", "then ", "fi\n", "for x in ", "done\n", "case x in ",
    "```sh\n", "```\n", "    ", "[Container]\n", "[Service]\n", "ExecStart=", "PodmanArgs=", "=",
    ":", ",", "/", "..", "4294967296", "18446744073709551616", "-1", "0x7f", "1e9", "null", "true",
    "Operation not permitted", "unshare failed", "EPERM", "0:1:2\n", " - proc proc rw,hidepid=2\n",
];

/// xorshift64*: the same inputs for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(value).unwrap() % n.max(1)
    }

    /// A text, changed.
    fn mutated(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let text = corpus[self.below(corpus.len())].clone();
        self.changed(text, corpus)
    }

    /// A piece of a text, changed: short ones are soon done, and most of what a parser decides, it
    /// decides within a few lines.
    fn mutated_piece(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let text = &corpus[self.below(corpus.len())];
        let (from, longest) = match self.below(8) {
            0 => (0, text.len()),
            1..4 => (0, 16 << self.below(8)),
            _ => (self.below(text.len()), 16 << self.below(8)),
        };
        let piece = text[from..(from + longest).min(text.len())].to_vec();
        self.changed(piece, corpus)
    }

    /// One to eight changes.
    fn changed(&mut self, mut text: Vec<u8>, corpus: &[Vec<u8>]) -> Vec<u8> {
        for _ in 0..=self.below(8) {
            let (at, word) = (self.below(text.len() + 1), WORDS[self.below(WORDS.len())]);
            let end = (at + self.below(40)).min(text.len());
            match self.below(7) {
                0 => drop(text.splice(at..at, word.bytes())),
                1 => drop(text.splice(at..end, word.bytes())),
                2 => drop(text.drain(at..end)),
                3 if at < text.len() => text[at] ^= 1 << self.below(8),
                4 => {
                    let piece = text[at..end].to_vec();
                    let to = self.below(text.len() + 1);
                    for _ in 0..=self.below(20) {
                        text.splice(to..to, piece.iter().copied());
                    }
                }
                5 => {
                    let other = &corpus[self.below(corpus.len())];
                    let from = self.below(other.len() + 1);
                    let to = (from + self.below(400)).min(other.len());
                    text.splice(at..at, other[from..to].iter().copied());
                }
                _ => text.truncate(at.max(1)),
            }
            text.truncate(LONGEST);
        }
        text
    }
}

/// What the mutations start from: the files of the repository that parsers are for.
fn corpus() -> Vec<Vec<u8>> {
    fn walk(dir: &Path, found: &mut Vec<Vec<u8>>) {
        let mut entries: Vec<_> = fs::read_dir(dir).unwrap().flatten().map(|e| e.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if let Ok(text) = fs::read(&path)
                && text.len() <= LONGEST
            {
                found.push(text);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<Vec<u8>> = WORDS.iter().map(|word| word.as_bytes().to_vec()).collect();
    for dir in ["fixtures", "examples", "docs", "packaging"] {
        walk(&root.join(dir), &mut found);
    }
    for file in [
        "/proc/self/mountinfo", "/proc/self/status", "/proc/self/cgroup", "/proc/self/limits",
        "/proc/self/uid_map", "/proc/version", "/proc/cmdline", "/etc/os-release", "/etc/group",
    ] {
        found.extend(fs::read(file));
    }
    found.extend(WRITTEN.iter().map(|(.., sample)| (*sample).into()));
    found
}

/// A dialect: its name, the name of a file in it, and a container that is refused, so that there is
/// something to fix.
const WRITTEN: &[(&str, &str, &str)] = &[
    (
        "compose",
        "compose.yaml",
        "services:
  worker: &w
    image: ghcr.io/windmill-labs/windmill:main
    environment:
      - MODE=worker
      - ENABLE_UNSHARE_PID=true
    cap_drop: [ALL]
    security_opt:
      - no-new-privileges:true
  other:
    <<: *w
    privileged: false
",
    ),
    (
        "kubernetes",
        "pod.yaml",
        "apiVersion: v1
kind: Pod
metadata:
  name: w
spec:
  containers:
  - name: a
    image: ghcr.io/windmill-labs/windmill:main
    env:
    - {name: MODE, value: worker}
    - {name: ENABLE_UNSHARE_PID, value: 'true'}
    securityContext:
      capabilities: {drop: [ALL]}
",
    ),
    (
        "shell",
        "run.sh",
        "#!/bin/sh
docker run --rm \\
  --cap-drop=ALL -e A=1 \\
  debian unshare -Ur true
",
    ),
    ("markdown", "README.md", "# W\n\n```sh\ndocker run --rm debian unshare -Ur true\n```\n"),
    (
        "makefile",
        "Makefile",
        "run: image\n\t@docker run --rm -v $(PWD):/w debian unshare -Ur true\n",
    ),
    (
        "quadlet",
        "worker.container",
        "[Container]
Image=debian
Exec=unshare -Urpf --mount-proc true
DropCapability=all
",
    ),
    (
        "systemd",
        "worker.service",
        "[Service]
ExecStart=unshare -Urpf --mount-proc true
User=nobody
RestrictNamespaces=yes
SystemCallFilter=@system-service
",
    ),
    (
        "ecs",
        "taskdef.json",
        r#"{"family": "w", "containerDefinitions": [{
  "name": "w", "image": "debian", "command": ["unshare", "-Ur", "true"],
  "linuxParameters": {"capabilities": {"drop": ["ALL"]}}
}]}
"#,
    ),
    (
        "workflow",
        ".github/workflows/ci.yml",
        "on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    container:
      image: debian
      options: --cap-drop ALL
    steps:
      - run: unshare -Ur true
",
    ),
    (
        "gitlab runner",
        "config.toml",
        r#"[[runners]]
  executor = "docker"
  [runners.docker]
    image = "debian"
    cap_drop = ["ALL"]
"#,
    ),
    (
        "gitlab pipeline",
        ".gitlab-ci.yml",
        "job:\n  image: debian\n  script:\n    - unshare -Ur true\n",
    ),
    (
        "dockerfile",
        "Dockerfile",
        "FROM debian AS a\nUSER 1000\nRUN --mount=type=cache,target=/c unshare -Ur true\n",
    ),
    (
        "nomad",
        "worker.nomad.hcl",
        r#"job "w" {
  group "g" {
    task "t" {
      driver = "docker"
      config {
        image = "debian"
        command = "unshare"
        args = ["-Ur", "true"]
        cap_drop = ["ALL"]
      }
    }
  }
}
"#,
    ),
    (
        "lxc",
        "config",
        "# kept
lxc.include = /usr/share/lxc/config/common.conf
lxc.idmap = u 0 100000 65536
lxc.idmap = g 0 100000 65536
lxc.cap.drop = setfcap sys_time
lxc.execute.cmd = unshare -Urpf --mount-proc true
",
    ),
    (
        "proxmox",
        "101.conf",
        "#a note
arch: amd64
ostype: debian
features: keyctl=1
rootfs: local:101
unprivileged: 1
entrypoint: unshare -Urpf --mount-proc true
lxc.cap.drop: setfcap

[before]
features: nesting=1
",
    ),
    (
        "incus",
        "web.yaml",
        "config: # kept
  environment.ENABLE_UNSHARE_PID: \"true\"
  raw.lxc: |
    lxc.cap.drop = sys_time
devices: {}
name: web
",
    ),
    (
        "devcontainer",
        "devcontainer.json",
        r#"{
  // kept
  "image": "debian",
  "runArgs": ["--cap-drop=ALL"],
  "postCreateCommand": "unshare -Ur true"
}
"#,
    ),
    (
        "daemon.json",
        "daemon.json",
        r#"{"userns-remap": "default", "seccomp-profile": "unconfined"}"#,
    ),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let after =
        |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let seconds: u64 = after("--seconds").map_or(1, |text| text.parse().unwrap());
    let seed: u64 = after("--seed").map_or(1, |text| text.parse().unwrap());
    let most: u64 = after("--executions").map_or(u64::MAX, |text| text.parse().unwrap());
    let values = [after("--seconds"), after("--seed"), after("--executions")];
    let only = args.iter().find(|arg| !arg.starts_with('-') && !values.contains(&Some(arg)));
    let wanted = |name: &str| only.is_none_or(|only| name.contains(only.as_str()));
    let corpus = corpus();
    let until = || Until { end: Instant::now() + Duration::from_secs(seconds), left: most.into() };
    let mut failed = false;
    println!("| parser | executions | slowest |");
    println!("| --- | --- | --- |");
    for (name, parse) in PARSERS.iter().filter(|(name, _)| wanted(name)) {
        let fed = feed(name, seed, &until(), || {
            |random: &mut Random| {
                let input = random.mutated_piece(&corpus);
                (input.clone(), move || {
                    parse(&input);
                    Ok(false)
                })
            }
        });
        println!("| {name} | {} | {:.1} ms |", fed.count, fed.slowest.as_secs_f64() * 1e3);
        failed |= fed.failed;
    }
    println!("\n| `lint --fix` | executions | files changed | slowest |");
    println!("| --- | --- | --- | --- |");
    for (name, path, sample) in WRITTEN.iter().filter(|(name, ..)| wanted(name)) {
        let readable = |text: &&Vec<u8>| {
            let text = std::str::from_utf8(text).ok();
            text.is_some_and(|text| Fixer::default().fixed(path, text).is_some())
        };
        let small = corpus.iter().filter(|text| text.len() < 4096);
        let readable: Vec<Vec<u8>> = small.filter(readable).cloned().collect();
        let fed = feed(name, seed, &until(), || {
            let fixer = Rc::new(Fixer::default());
            let (readable, corpus) = (&readable, &corpus);
            move |random: &mut Random| {
                let input = match random.below(4) {
                    0 => random.changed(sample.as_bytes().to_vec(), corpus),
                    1 => random.mutated_piece(corpus),
                    _ => random.mutated(readable),
                };
                let text = String::from_utf8_lossy(&input).into_owned();
                let fixer = Rc::clone(&fixer);
                (input, move || fixed_once(&fixer, path, &text))
            }
        });
        let (count, changed) = (fed.count, fed.changed);
        println!("| {name} | {count} | {changed} | {:.1} ms |", fed.slowest.as_secs_f64() * 1e3);
        failed |= fed.failed;
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Whether `lint --fix` changes this text, and then only once.
fn fixed_once(fixer: &Fixer, path: &str, text: &str) -> Result<bool, &'static str> {
    let Some(fixed) = fixer.fixed(path, text).filter(|fixed| fixed != text) else {
        return Ok(false);
    };
    match fixer.fixed(path, &fixed) {
        None => Err("the fixed file cannot be read"),
        Some(again) if again != fixed => Err("a second run changes more"),
        Some(_) => Ok(true),
    }
}

/// When enough was done.
struct Until {
    end: Instant,
    left: AtomicU64,
}

impl Until {
    /// Whether one more is to be done; it then counts.
    fn more(&self) -> bool {
        let one_less = |left: u64| left.checked_sub(1);
        Instant::now() < self.end
            && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }
}

/// What came of feeding.
#[derive(Default)]
struct Fed {
    count: u64,
    /// How many inputs were changed.
    changed: u64,
    slowest: Duration,
    failed: bool,
}

/// Feeds something on every processor. A maker, of which each processor has its own, makes of the
/// dice an input and what is done with it.
fn feed<Made, Done>(name: &str, seed: u64, until: &Until, maker: impl Fn() -> Made + Sync) -> Fed
where
    Made: FnMut(&mut Random) -> (Vec<u8>, Done),
    Done: Fn() -> Result<bool, &'static str>,
{
    let one = |seed: u64| {
        let (mut random, mut make, mut fed) = (Random(seed), maker(), Fed::default());
        while until.more() {
            let (input, run) = make(&mut random);
            let timed = || {
                let before = Instant::now();
                let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&run));
                (ran.unwrap_or(Err("it panicked")), before.elapsed())
            };
            let (ran, mut took) = timed();
            if ran.is_ok() && took > SLOW {
                // Whoever waited for the processor is quick the second time.
                took = took.min(timed().1);
            }
            fed.count += 1;
            fed.changed += u64::from(ran == Ok(true));
            fed.slowest = fed.slowest.max(took);
            let slow = (took > SLOW).then_some("it is slow");
            if let Some(wrong) = ran.err().or(slow) {
                fed.failed = true;
                let kept = std::env::temp_dir().join(format!("isodoc-fuzz-{seed}-{}", fed.count));
                fs::write(&kept, &input).unwrap();
                println!("{name}: {wrong}: {} in {took:?}", kept.display());
            }
        }
        fed
    };
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let fed: Vec<Fed> = std::thread::scope(|scope| {
        let seeds = (0..processors).map(|n| seed + (u64::try_from(n).unwrap() << 32));
        let started: Vec<_> = seeds.map(|seed| scope.spawn(move || one(seed))).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    Fed {
        count: fed.iter().map(|fed| fed.count).sum(),
        changed: fed.iter().map(|fed| fed.changed).sum(),
        slowest: fed.iter().map(|fed| fed.slowest).max().unwrap_or_default(),
        failed: fed.iter().any(|fed| fed.failed),
    }
}
