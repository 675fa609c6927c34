//! How long `isodoc lint` takes for compose files of several shapes, beside the time of parsing
//! each to a tree whose nodes know their place: `cargo bench --bench lint`.
//!
//! What is compared alternates, and of many runs the shortest counts: whatever else the machine
//! does only adds to it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on has failed, and what it prints is its result"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A file to measure with.
struct Shape {
    name: &'static str,
    services: u32,
    text: fn(u32) -> String,
    /// How often it is timed.
    runs: u32,
}

const SHAPES: [Shape; 4] = [
    Shape { name: "one service of thirty lines", services: 1, text: long, runs: 200 },
    Shape {
        name: "1,000 services of thirty lines, settings of their own",
        services: 1000,
        text: long,
        runs: 40,
    },
    Shape {
        name: "10,000 services of three lines, settings alike",
        services: 10_000,
        text: short,
        runs: 10,
    },
    Shape {
        name: "10,000 services of thirty lines, settings of their own",
        services: 10_000,
        text: long,
        runs: 5,
    },
];

/// Services that ask for isolation, and say nothing else.
fn short(services: u32) -> String {
    let mut text = String::from("services:\n");
    for number in 0..services {
        let _ = write!(
            text,
            "  service-{number}:\n    image: worker\n    environment: {{ENABLE_UNSHARE_PID: \"true\"}}\n"
        );
    }
    text
}

/// Services as they are written: each with an image, an environment, a health check and so on, half
/// of them asking for isolation, with settings that change from service to service. No two have the
/// same limit of tasks, so that each has facts of its own.
fn long(services: u32) -> String {
    let security = [
        "",
        "    security_opt:\n      - seccomp=unconfined\n",
        "    security_opt:\n      - seccomp=unconfined\n      - systempaths=unconfined\n",
        "    cap_add:\n      - SYS_ADMIN\n",
        "    cap_drop:\n      - ALL\n    security_opt:\n      - no-new-privileges:true\n",
        "    privileged: true\n",
        "    user: \"1000:1000\"\n    read_only: true\n",
    ];
    let flags = [
        "",
        "      UNSHARE_ISOLATION_FLAGS: --pid --fork --mount-proc\n",
        "      UNSHARE_ISOLATION_FLAGS: --user --map-root-user --pid --fork\n",
    ];
    let mut text = String::from("# Generated.\nservices:\n");
    for number in 0..services {
        let pick =
            |list: &[&'static str], divisor: u32| list[(number / divisor) as usize % list.len()];
        let asks = if number % 2 == 0 { "      ENABLE_UNSHARE_PID: \"true\"\n" } else { "" };
        let flags = if asks.is_empty() { "" } else { pick(&flags, 14) };
        let _ = write!(
            text,
            "  service-{number}: # owned by team {team}\n    image: \
                registry.example.com/team-{team}/service-{number}:1.{number}\n    \
             restart: unless-stopped\n    environment:\n      DATABASE_URL: \
             postgres://user:secret@db-{team}:5432/app?sslmode=disable\n      \
             LOG_LEVEL: info\n      PORT: \"{port}\"\n{asks}{flags}{settings}    pids_limit: \
             {limit}\n    ports:\n      \
             - \"{port}:8080\"\n    volumes:\n      - data-{number}:/var/lib/data\n      - \
             ./config/{number}.yaml:/etc/app/config.yaml:ro\n    \
             depends_on:\n      db-{team}:\n        condition: service_healthy\n    \
             healthcheck:\n      \
             test: [\"CMD\", \"curl\", \"-f\", \"http://localhost:8080/healthz\"]\n      interval: \
             30s\n      retries: 3\n    \
             deploy:\n      resources:\n        limits: {{cpus: \"0.5\", memory: 256M}}\n    \
             labels:\n      - traefik.enable=true\n      \
             - traefik.http.routers.s{number}.rule=Host(`s{number}.example.com`)\n",
            team = number % 17,
            port = 10_000 + number,
            settings = pick(&security, 2),
            limit = 100 + number,
        );
    }
    text
}

fn parse(text: &str) {
    assert!(isodoc::fuzzed::parses_as_yaml(text));
}

/// What a process takes that only reads the file and parses it: this one, by another name.
fn parse_alone(path: &Path) {
    let status = Command::new(std::env::current_exe().unwrap()).env(ALONE, path).status().unwrap();
    assert!(status.success());
}

/// The variable that makes the bench a process that parses one file.
const ALONE: &str = "ISODOC_BENCH_PARSE";

fn command(path: &Path, all: bool, json: bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isodoc"));
    command
        .args(["lint", "--assume", "plain-linux", "--format", if json { "json" } else { "human" }])
        .arg(path)
        .stdout(Stdio::null());
    if all {
        command.arg("--all");
    }
    assert_eq!(command.status().unwrap().code(), Some(1));
}

fn main() {
    if let Some(path) = std::env::var_os(ALONE) {
        return parse(&std::fs::read_to_string(path).unwrap());
    }
    for shape in &SHAPES {
        measure(shape);
    }
}

fn measure(shape: &Shape) {
    let text = (shape.text)(shape.services);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-compose.yaml");
    std::fs::write(&path, &text).unwrap();
    let mut timed: Vec<(String, Box<dyn Fn() + '_>)> =
        vec![("parse, a process".into(), Box::new(|| parse_alone(&path)))];
    for (all, json) in [(false, false), (true, false), (false, true), (true, true)] {
        let name =
            format!("{}{}", if json { "JSON" } else { "human" }, if all { ", --all" } else { "" });
        let path = &path;
        timed.push((format!("lint, {name}"), Box::new(move || command(path, all, json))));
    }
    let mut shortest = vec![Duration::MAX; timed.len()];
    for _ in 0..shape.runs {
        for ((_, run), shortest) in timed.iter().zip(&mut shortest) {
            let start = Instant::now();
            run();
            *shortest = start.elapsed().min(*shortest);
        }
    }
    println!("{}, {} KiB; the shortest of {} runs", shape.name, text.len() >> 10, shape.runs);
    for ((name, _), time) in timed.iter().zip(&shortest) {
        println!(
            "{name:22} {:7.2} ms   ratio {:.2}",
            time.as_secs_f64() * 1e3,
            time.as_secs_f64() / shortest[0].as_secs_f64()
        );
    }
    println!();
}
