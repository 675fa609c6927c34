//! The same fault in the real program: what unshare(1) makes of it is what isodoc has to say.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What isolates, by the command that the report is about.
const ISOLATES: &[&str] = &["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "true"];

/// The calls that both make for the same thing, and the path by which strace(1) knows which: it has
/// none for write(2), whose file it sees below the number of the process.
const CALLS: &[(&str, &str)] = &[
    ("unshare", ""),
    ("rt_sigprocmask", ""),
    ("clone", ""),
    ("openat", "/proc/self/uid_map"),
    ("openat", "/proc/self/setgroups"),
    ("openat", "/proc/self/gid_map"),
    ("mount", "/"),
    ("mount", "/proc"),
    ("wait4", ""),
];

/// EINTR and EAGAIN for ever are in no kernel.
const ERRORS: &[&str] = &[
    "EPERM", "EACCES", "ENOENT", "EIO", "ENOMEM", "EMFILE", "ENOSPC", "ENOSYS", "EINVAL", "EUSERS",
];

/// Where isodoc says `unknown` and the real program fails, and why.
const UNKNOWN: &[(&str, &str, &str)] = &[
    ("clone", "", "isodoc cannot start the child that asks, and does not guess"),
    (
        "",
        "EMFILE",
        "the limit of open files is met by isodoc itself: it holds for this moment alone",
    ),
];

/// Puts each error into every occurrence of each call, in both; prints the table and gives the
/// number of differences that have no reason.
pub(crate) fn compare(whole: bool) -> usize {
    if !works(&run("unshare", None)) {
        println!("skipped: the real program under the same faults: it does not work here");
        return 0;
    }
    println!("\n| fault in | errors | the same answer | unknown, with its reason | otherwise |");
    println!("| --- | --- | --- | --- | --- |");
    let errors = if whole { ERRORS } else { &ERRORS[..1] };
    let mut otherwise = 0;
    for (call, path) in CALLS {
        let [mut same, mut unknown, mut other] = [0; 3];
        for error in errors {
            let fault = Fault { call, path, error };
            let (real, said) = (run("unshare", Some(&fault)), fault.said());
            let reason = |row: &&(&str, &str, &str)| {
                (row.0.is_empty() || row.0 == *call) && (row.1.is_empty() || row.1 == *error)
            };
            match said.as_str() {
                "supported" if works(&real) => same += 1,
                "unsupported" if !works(&real) => same += 1,
                "unknown" if !works(&real) && UNKNOWN.iter().any(|row| reason(&row)) => {
                    unknown += 1
                }
                _ => {
                    other += 1;
                    let err = String::from_utf8_lossy(&real.stderr);
                    eprintln!(
                        "otherwise: {call} {path} {error}: {said}, but {:?} {err}",
                        real.status
                    );
                }
            }
        }
        println!("| `{call}` {path} | {} | {same} | {unknown} | {other} |", errors.len());
        otherwise += other;
    }
    otherwise
}

struct Fault<'a> {
    call: &'a str,
    path: &'a str,
    error: &'a str,
}

impl Fault<'_> {
    /// What isodoc says of unshare(1) under the fault.
    fn said(&self) -> String {
        let report: Option<Value> = serde_json::from_slice(&run("isodoc", Some(self)).stdout).ok();
        let verdict = report.as_ref().and_then(|report| report["verdict"].as_str());
        verdict.unwrap_or("nothing").to_owned()
    }
}

fn works(output: &Output) -> bool {
    output.status.success()
}

/// Runs isodoc or the real command.
fn run(program: &str, fault: Option<&Fault<'_>>) -> Output {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null"]);
    if let Some(Fault { call, path, error }) = fault {
        if !path.is_empty() {
            command.args(["-P", path]);
        }
        command.arg("-e").arg(format!("inject={call}:error={error}:when=1+"));
    }
    match program {
        "isodoc" => {
            command.arg(env!("CARGO_BIN_EXE_isodoc")).args(["check", "--format", "json"]);
            command.args(["--timeout", "3"])
        }
        _ => command.arg("unshare").args(ISOLATES),
    };
    command.stdin(Stdio::null()).output().unwrap()
}
