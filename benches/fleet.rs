//! How long `isodoc fleet` takes for many reports, beside the time of only parsing the same bytes
//! into the same types, and how much memory: `cargo bench --bench fleet [-- COUNT...]`. The ratio
//! has to stay under 1.5, and the memory flat.
//!
//! The reports come through a pipe, since a million of them are 25 GB. The ratio is that of the
//! time of all processors in user and system mode, which other programs hardly change, nor the
//! bench, which makes the reports meanwhile; what is compared alternates, and of several runs the
//! shortest counts. That there are several threads shows in the time that passes, for as many
//! reports as a file has room for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on has failed, and what it prints is its result"
)]

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// How many reports, where nothing else is said.
const COUNTS: &[u64] = &[1_000, 10_000, 100_000];
/// The reports that are read from a file too.
const IN_A_FILE: u64 = 10_000;
const RUNS: usize = 3;

/// The variable that makes the bench a process that only parses.
const ALONE: &str = "ISODOC_BENCH_PARSE";

/// The captures whose reports the hosts have.
const CAPTURES: &[&str] =
    &["host-root", "max-user-namespaces-zero", "proc-masked-docker", "seccomp-eperm"];

/// The reports that isodoc writes of the captures, a line each: what stands before and after the
/// place of the kernel's release.
fn reports() -> Vec<(String, String)> {
    let report = |name: &&str| {
        let capture = format!("{}/fixtures/snapshots/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let args = ["check", "--format", "ndjson", "--snapshot", &capture];
        let output = Command::new(env!("CARGO_BIN_EXE_isodoc")).args(args).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (before, after) = text.strip_prefix('{').unwrap().split_once("\"text\":\"").unwrap();
        (format!("{before}\"text\":\""), after.to_owned())
    };
    CAPTURES.iter().map(report).collect()
}

/// Writes so many reports, on hosts of their own, with some dozens of kernels.
fn generate(to: impl Write, reports: &[(String, String)], count: u64) -> u64 {
    let (mut out, mut bytes) = (BufWriter::with_capacity(1 << 18, to), 0);
    for number in 0..count {
        let (before, after) = &reports[(number * number % 7) as usize % reports.len()];
        let kernel = number % 60;
        write!(out, "{{\"host\":\"host-{number:07}\",{before}{kernel}-{after}").unwrap();
        bytes += before.len() + after.len() + 30;
    }
    out.flush().unwrap();
    bytes as u64
}

/// Only parses what comes.
fn parse() {
    let mut from = BufReader::with_capacity(1 << 18, std::io::stdin());
    let mut line = vec![];
    while from.read_until(b'\n', &mut line).unwrap() > 0 {
        assert!(isodoc::fuzzed::parses_as_host(&line));
        line.clear();
    }
}

/// What a run took: seconds, of them so many of the processors, and at most so many MiB.
#[derive(Clone, Copy)]
struct Taken {
    passed: f64,
    seconds: f64,
    peak: f64,
}

impl Taken {
    const NOT_YET: Self = Self { passed: f64::MAX, seconds: f64::MAX, peak: 0.0 };

    fn least(self, other: Self) -> Self {
        Self {
            passed: self.passed.min(other.passed),
            seconds: self.seconds.min(other.seconds),
            peak: self.peak.max(other.peak),
        }
    }
}

/// Runs a program under time(1), and lets it be fed.
fn run(program: &Path, args: &[&str], input: Stdio, feed: impl FnOnce(&mut Child)) -> Taken {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%e %U %S %M"]).arg(program).args(args).env(ALONE, "1");
    command.stdin(input).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    feed(&mut child);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    let numbers: Vec<f64> =
        said.lines().last().unwrap().split(' ').map(|word| word.parse().unwrap()).collect();
    Taken { passed: numbers[0], seconds: numbers[1] + numbers[2], peak: numbers[3] / 1024.0 }
}

fn main() {
    if std::env::var_os(ALONE).is_some() {
        return parse();
    }
    let named: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let (reports, own) = (reports(), std::env::current_exe().unwrap());
    let isodoc = Path::new(env!("CARGO_BIN_EXE_isodoc"));
    let compared: [(&str, &Path, &[&str]); 4] = [
        ("only parsed", &own, &[]),
        ("fleet", isodoc, &["fleet", "-"]),
        ("fleet, CSV", isodoc, &["fleet", "--format", "csv", "-"]),
        ("fleet, HTML", isodoc, &["fleet", "--format", "html", "-"]),
    ];
    for &count in if named.is_empty() { COUNTS } else { &named } {
        let megabytes = generate(std::io::sink(), &reports, count) / 1_000_000;
        let runs = if count > 200_000 { 1 } else { RUNS };
        let mut least = [Taken::NOT_YET; 4];
        for _ in 0..runs {
            for ((_, program, args), least) in compared.iter().zip(&mut least) {
                let feed = |child: &mut Child| {
                    generate(child.stdin.take().unwrap(), &reports, count);
                };
                *least = least.least(run(program, args, Stdio::piped(), feed));
            }
        }
        println!("{count} reports, {megabytes} MB; the shortest of {runs}");
        for ((name, ..), Taken { seconds, peak, .. }) in compared.iter().zip(least) {
            let ratio = seconds / least[0].seconds;
            println!("{name:12} {seconds:8.2} s   ratio {ratio:.2}   {peak:6.1} MiB");
        }
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports.ndjson");
    generate(File::create(&path).unwrap(), &reports, IN_A_FILE);
    println!("{IN_A_FILE} reports in a file, the time that passes; the shortest of {RUNS}");
    for (name, program, args) in &compared[..2] {
        let one = || run(program, args, File::open(&path).unwrap().into(), |_| ());
        let passed = (0..RUNS).fold(Taken::NOT_YET, |least, _| least.least(one())).passed;
        println!("{name:12} {passed:8.2} s");
    }
    let _ = std::fs::remove_file(path);
}
