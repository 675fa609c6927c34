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
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

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
    found.push(COMPOSE.into());
    found.push(POD.into());
    found
}

const COMPOSE: &str = "services:
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
";
const POD: &str = "apiVersion: v1
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
";

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
    println!("| parser | executions | slowest |");
    println!("| --- | --- | --- |");
    let mut failed = false;
    for parser in isodoc::PARSERS.iter().filter(|(name, _)| wanted(name)) {
        failed |= feed(parser, seed, &corpus, &until());
    }
    if wanted("lint --fix") {
        failed |= fixes(seed, &corpus, &until());
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
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

/// Feeds a parser on every processor. Says whether something was wrong.
fn feed(
    (name, parse): &(&str, isodoc::Feed),
    seed: u64,
    corpus: &[Vec<u8>],
    until: &Until,
) -> bool {
    let one = |seed: u64| {
        let (mut random, mut count, mut slowest) = (Random(seed), 0_u64, Duration::ZERO);
        let mut failed = false;
        while until.more() {
            let input = random.mutated_piece(corpus);
            let before = Instant::now();
            let passed = std::panic::catch_unwind(|| parse(&input)).is_ok();
            let mut took = before.elapsed();
            if passed && took > SLOW {
                // Whoever waited for the processor is quick the second time.
                let again = Instant::now();
                parse(&input);
                took = took.min(again.elapsed());
            }
            (count, slowest) = (count + 1, slowest.max(took));
            if !passed || took > SLOW {
                failed = true;
                let kept = std::env::temp_dir().join(format!("isodoc-fuzz-{seed}-{count}"));
                fs::write(&kept, &input).unwrap();
                println!("{name}: {} in {took:?}", kept.display());
            }
        }
        (count, slowest, failed)
    };
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found: Vec<_> = std::thread::scope(|scope| {
        let seeds = (0..processors).map(|n| seed + (u64::try_from(n).unwrap() << 32));
        let started: Vec<_> = seeds.map(|seed| scope.spawn(move || one(seed))).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count: u64 = found.iter().map(|(count, ..)| count).sum();
    let slowest = found.iter().map(|(_, slowest, _)| *slowest).max().unwrap_or_default();
    println!("| {name} | {count} | {:.1} ms |", slowest.as_secs_f64() * 1e3);
    found.iter().any(|(.., failed)| *failed)
}

/// Mutated deployment files are fixed, and fixed again.
fn fixes(seed: u64, corpus: &[Vec<u8>], until: &Until) -> bool {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let file = dir.join("compose.yaml");
    let fix = || {
        let output = Command::new(env!("CARGO_BIN_EXE_isodoc"))
            .args(["lint", "--assume", "plain-linux", "--fix", "compose.yaml"])
            .current_dir(&dir)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (output.status.code(), fs::read(&file).unwrap(), output)
    };
    let mut few = vec![COMPOSE.as_bytes().to_vec(), POD.as_bytes().to_vec()];
    few.extend(corpus.iter().filter(|text| text.len() < 20).cloned());
    let (mut random, mut count, mut written, mut failed) = (Random(seed), 0, 0, false);
    while until.more() {
        count += 1;
        let own = random.below(2) == 0;
        let input = random.mutated(if own { &few[..2] } else { &few });
        fs::write(&file, &input).unwrap();
        let (first, fixed, output) = fix();
        let wrong = if first.is_none_or(|code| code > 3) {
            Some("no exit code of the contract")
        } else if fixed == input {
            None
        } else {
            written += 1;
            let (second, again, _) = fix();
            if again != fixed {
                Some("a second run changes more")
            } else if second > first && second == Some(2) {
                Some("the fixed file cannot be read")
            } else {
                None
            }
        };
        if let Some(wrong) = wrong {
            failed = true;
            let kept = std::env::temp_dir().join(format!("isodoc-fuzz-fix-{seed}-{count}"));
            fs::write(&kept, &input).unwrap();
            println!("lint --fix: {wrong}: {} {output:?}", kept.display());
        }
    }
    fs::remove_dir_all(&dir).unwrap();
    println!("| lint --fix | {count} ({written} files changed) | |");
    failed
}
