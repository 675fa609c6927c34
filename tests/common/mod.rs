//! What the tests of the built program share.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The captures of `fixtures/snapshots`, with the verdict, the cause and the exit code that each
/// must give: what the real unshare(1) did in the place of the capture.
pub(crate) const CAPTURES: &[(&str, &str, Option<&str>, i32)] = &[
    ("host-root", "supported", None, 0),
    ("host-nobody", "supported", None, 0),
    ("max-user-namespaces-zero", "unsupported", Some("max-user-namespaces-zero"), 1),
    ("proc-masked-docker", "unsupported", Some("proc-masked"), 1),
    ("seccomp-eperm", "unsupported", Some("seccomp-unshare"), 1),
];

/// The file of a capture.
pub(crate) fn capture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/snapshots/{name}.json"))
}

/// isodoc, in an environment of nothing but `PATH`.
pub(crate) fn isodoc(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isodoc"));
    command
        .args(args)
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null());
    command
}

/// Runs it.
pub(crate) fn run(args: &[&str]) -> Output {
    isodoc(args).output().unwrap()
}

/// The exit code and what went to standard output and to standard error.
pub(crate) fn said(args: &[&str]) -> (i32, String, String) {
    parts(run(args))
}

/// The same of an output.
pub(crate) fn parts(output: Output) -> (i32, String, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The report on a capture, with more arguments.
pub(crate) fn report(name: &str, more: &[&str]) -> Value {
    let path = capture(name);
    let mut args = vec!["check", "--format", "json", "--snapshot", path.to_str().unwrap()];
    args.extend(more);
    json(&args)
}

/// What a command says, as JSON.
pub(crate) fn json(args: &[&str]) -> Value {
    let (_, out, err) = said(args);
    serde_json::from_str(&out).unwrap_or_else(|why| panic!("{args:?}: {why}\n{out}{err}"))
}

/// A capture with changes, in a file that lives as long as the test program.
pub(crate) fn changed(name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut capture: Value =
        serde_json::from_slice(&std::fs::read(capture(name)).unwrap()).unwrap();
    change(&mut capture);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("{name}-{}-{number}.json", std::process::id()));
    std::fs::write(&path, serde_json::to_vec(&capture).unwrap()).unwrap();
    path
}

/// An empty directory of its own.
pub(crate) fn directory(name: &str) -> PathBuf {
    let path =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}
