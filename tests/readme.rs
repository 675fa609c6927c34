//! What the README shows is what runs: its two scripts, its two commands, its claims that can be
//! counted.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    readme
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|b| b.strip_prefix(&format!("{language}\n")).map(str::to_owned))
        .collect()
}

/// Runs a script with the isodoc under test in its PATH.
fn script(name: &str, args: &[PathBuf], flags: &str) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_isodoc")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(root().join("examples").join(name));
    command
        .args(args)
        .env("PATH", path)
        .env("UNSHARE_ISOLATION_FLAGS", flags)
        .env_remove("ENABLE_UNSHARE_PID");
    command.output().unwrap()
}

#[test]
fn the_scripts_it_shows_are_the_ones_in_examples() {
    let shown = blocks("sh");
    let kept = ["ci-gate.sh", "pre-deploy.sh"]
        .map(|name| std::fs::read_to_string(root().join("examples").join(name)).unwrap());
    assert_eq!(shown, kept);
}

#[test]
fn ci_gate_passes_what_works_and_fails_what_does_not() {
    // The one set of flags that no machine refuses makes no namespace at all.
    assert_eq!(script("ci-gate.sh", &[], "--fork").status.code(), Some(0));
    let refused = script("ci-gate.sh", &[], "--no-such-option");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("[flags-not-understood]"));
}

/// The doctors of other programs say what isodoc says, in one line, and end as it ends.
#[test]
fn a_doctor_of_another_program_repeats_the_answer() {
    let ask = ["check", "--for", "bubblewrap", "--format", "json"];
    let own = Command::new(env!("CARGO_BIN_EXE_isodoc")).args(ask).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&own.stdout).unwrap();
    for (name, interpreter) in [("doctor.py", "python3"), ("doctor.mjs", "node")] {
        if Command::new(interpreter).arg("--version").output().is_err() {
            let _ = writeln!(std::io::stderr(), "skipped: {name}: no {interpreter}");
            continue;
        }
        let said = script(name, &[], "");
        assert_eq!(said.status.code(), own.status.code(), "{name}");
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(text.lines().next(), report["summary"].as_str(), "{name}");
    }
}

#[test]
fn pre_deploy_hook_judges_snapshots() {
    if Command::new("jq").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "skipped: pre_deploy_hook_judges_snapshots: no jq");
        return;
    }
    let snapshot = |name: &str| root().join("fixtures/snapshots").join(name);
    let good = script("pre-deploy.sh", &[snapshot("host-root.json")], "");
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stdout));
    let bad = script(
        "pre-deploy.sh",
        &[snapshot("host-root.json"), snapshot("proc-masked-docker.json")],
        "",
    );
    assert_eq!(bad.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&bad.stdout).contains("proc-masked-docker.json: unsupported"));
    assert!(String::from_utf8_lossy(&bad.stderr).contains("[proc-masked]"));
    assert_eq!(script("pre-deploy.sh", &[root().join("README.md")], "").status.code(), Some(1));
}

#[test]
fn it_gives_two_commands() {
    let commands =
        readme().split("## Try it").nth(1).unwrap().split("```").nth(1).unwrap().trim().to_owned();
    assert_eq!(
        commands.lines().collect::<Vec<_>>(),
        ["cargo run --release -- check", "cargo test"]
    );
}

#[test]
fn it_names_the_oldest_rust() {
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    assert!(readme().contains(&format!("Rust {oldest} or later")), "{oldest}");
}
