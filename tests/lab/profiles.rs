//! The seccomp profiles that isodoc writes, each tried with the real program: Docker's own refuses
//! it, the written one lets it work, and what it does not need stays refused.
//!
//! As for the oracles, the programs are what happens to be in `PATH`: `cargo test --test lab --
//! profiles [PROGRAM]...`. No engine takes part: the filter is made of the profile here, as for a
//! container without any capability.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cell::{Ran, Spot};
use crate::oracles::{self, ORACLES, Oracle};
use crate::room::{Room, find};
use crate::run::{Lab, built};
use crate::sys::{self, Built, Skip};

/// What a recipe begins with whose rest is the path of a profile.
pub const PREFIX: &str = "profile:";

/// What reaches the kernel beside what Docker lets through, by the program that the profile is for:
/// the calls of [`reached`].
const NEEDED: &[(&str, &[&str])] = &[
    // It makes every kind by clone(2), and one more by unshare(2), which gets the same kinds.
    ("bwrap", &["mount", "unshare net", "unshare mnt", "unshare user", "unshare cgroup"]),
    ("nsjail", &["mount"]),
    ("chromium", &["unshare net", "unshare user"]),
    ("podman", &[]),
    // With the host's network it makes nothing by unshare(2).
    ("rootlesskit", &["mount"]),
    ("nix-build", &["mount", "unshare net", "unshare mnt", "unshare user"]),
    ("runsc", &["mount"]),
    ("ch-run", &["mount", "unshare mnt", "unshare user"]),
    ("codex", &["mount", "unshare net", "unshare mnt", "unshare user"]),
    ("srt", &["mount", "unshare net", "unshare mnt", "unshare user"]),
];

/// Builds a room for a user with ids of its own, under the filter of a profile.
pub fn build(room: &mut Room, profile: &str) -> Built {
    let text = fs::read_to_string(profile).map_err(|e| Skip(format!("{profile}: {e}")))?;
    room.name_the_user(Some("300000:65536"))?;
    sys::seccomp(&mut compile(&text)?)?;
    room.become_user()
}

/// Tries each program that is here, and gives the exit code.
pub fn run(lab: &Lab, programs: &[&str]) -> i32 {
    let dir = lab.dir.join("oracles");
    oracles::prepare(&dir).expect("a directory of the lab");
    let (mut right, mut wrong) = (0, 0);
    for oracle in ORACLES {
        if !programs.is_empty() && !programs.contains(&oracle.program) {
            continue;
        }
        let Some(program) = find(oracle.program) else {
            println!("skipped {}: not in PATH", oracle.program);
            continue;
        };
        // The first flags are those that work wherever nothing refuses.
        let flags = oracle.flags[0];
        match tried(lab, oracle, &program, (&dir, flags)) {
            Ok(()) => right += 1,
            Err(Skip(why)) if why.starts_with("FAILED") => {
                wrong += 1;
                println!("{why}: {} {flags}", oracle.program);
            }
            Err(Skip(why)) => println!("skipped {} {flags}: {why}", oracle.program),
        }
    }
    let _ = fs::remove_dir_all(&dir);
    println!("profiles: {right} are right, {wrong} are not");
    i32::from(wrong > 0)
}

/// Writes a profile, and says what is wrong with it.
fn tried(lab: &Lab, oracle: &Oracle, program: &Path, (dir, flags): (&Path, &str)) -> Built {
    let words: Vec<&str> = flags.split_whitespace().chain(oracle.job.iter().copied()).collect();
    let runs = |profile: &Path| {
        let recipe = format!("{PREFIX}{}", profile.display());
        oracles::real(&lab.room(&recipe), program, (dir, &words)).map_err(Skip)
    };
    let failed = |why: String| Err(Skip(format!("FAILED: {why}")));
    // That of Docker 28.5 is what isodoc begins with.
    let of_docker = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/deploy/profile/docker.json");
    let (open, own) = (dir.join("open.json"), written(lab, oracle.id, flags)?);
    fs::write(&open, r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}"#)
        .map_err(|e| Skip(e.to_string()))?;
    match runs(&open)? {
        (0, _) => {}
        (code, err) => return Err(Skip(format!("exits {code} without a filter: {err}"))),
    }
    if runs(&of_docker)?.0 == 0 {
        return failed("works under Docker's own profile".into());
    }
    match runs(&own)? {
        (0, _) => {}
        (code, err) => return failed(format!("exits {code} under its profile: {err}")),
    }
    let recipe = format!("{PREFIX}{}", own.display());
    let reached = match lab.room(&recipe).run(&["/proc/self/exe", "reached"]) {
        Ran::Ended { code: 0, stdout, .. } => stdout,
        other => return failed(format!("{other:?}")),
    };
    let needed = NEEDED.iter().find(|(known, _)| *known == oracle.program);
    let needed = needed.map_or(String::new(), |(_, calls)| calls.join("\n"));
    match reached.trim() == needed {
        true => Ok(()),
        false => failed(format!("reaches {reached:?}, and needs {needed:?}")),
    }
}

/// Has isodoc write the profile for a mechanism, of Docker's.
fn written(lab: &Lab, id: &str, flags: &str) -> Built<std::path::PathBuf> {
    let file = lab.unused("profile");
    let mut isodoc = Command::new(built());
    isodoc.args(["profile", "--base", "docker", "--for", id, "-o"]).arg(&file);
    if !flags.is_empty() {
        isodoc.args(["--flags", flags]);
    }
    match isodoc.output() {
        Ok(output) if output.status.success() => Ok(file),
        other => Err(Skip(format!("FAILED: {other:?}"))),
    }
}

/// Which calls get past the filter, as their errors show: each can only fail, and says so with
/// another error than a filter's.
pub fn reached() -> Vec<&'static str> {
    const INVALID: libc::c_int = 0x2;
    let nowhere = c"/nonexistent".as_ptr();
    // SAFETY: none of these can succeed: there is no such key type, operation on keys, descriptor,
    // path or flag. Every pointer is null or a string that lives as long as the program.
    let call = |number: libc::c_long, first: libc::c_long| unsafe {
        match number {
            libc::SYS_mount => libc::syscall(number, nowhere, nowhere, nowhere, 0, 0),
            _ => libc::syscall(number, first, 0, 0, 0, 0),
        }
    };
    let unshare = |kind| (libc::SYS_unshare, libc::c_long::from(INVALID | kind));
    let calls = [
        ("keyctl", (libc::SYS_keyctl, -1)),
        ("add_key", (libc::SYS_add_key, 0)),
        ("mount", (libc::SYS_mount, 0)),
        ("setns", (libc::SYS_setns, -1)),
        ("unshare net", unshare(libc::CLONE_NEWNET)),
        ("unshare mnt", unshare(libc::CLONE_NEWNS)),
        ("unshare user", unshare(libc::CLONE_NEWUSER)),
        ("unshare cgroup", unshare(libc::CLONE_NEWCGROUP)),
    ];
    let past = |(number, first)| {
        call(number, first);
        std::io::Error::last_os_error().raw_os_error() != Some(libc::EPERM)
    };
    calls.into_iter().filter(|(_, asked)| past(*asked)).map(|(name, _)| name).collect()
}

/// The numbers of the system calls, from the header of the C library.
fn numbers() -> Built<HashMap<String, u32>> {
    if !cfg!(target_arch = "x86_64") {
        return Err(Skip("the numbers of system calls are read on x86-64 alone".into()));
    }
    let paths = ["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"];
    let header = paths.iter().find_map(|path| fs::read_to_string(path).ok());
    let header = header.ok_or_else(|| Skip("no unistd_64.h".into()))?;
    let number = |line: &str| {
        let (name, number) = line.strip_prefix("#define __NR_")?.split_once(' ')?;
        Some((name.to_owned(), number.trim().parse().ok()?))
    };
    Ok(header.lines().filter_map(number).collect())
}

/// The filter that an engine makes of a profile, for a container without capabilities: of the
/// arguments, the low half is looked at.
fn compile(text: &str) -> Built<Vec<libc::sock_filter>> {
    const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
    const AND: u16 = 0x54; // BPF_ALU | BPF_AND | BPF_K
    const EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K
    let code =
        |code, k: u64, jt, jf| libc::sock_filter { code, jt, jf, k: (k & 0xffff_ffff) as u32 };
    let profile: Value = serde_json::from_str(text).map_err(|e| Skip(e.to_string()))?;
    let errno = profile["defaultErrnoRet"].as_u64().unwrap_or(1);
    let action = |action: &Value, errno: u64| match action.as_str() {
        Some("SCMP_ACT_ALLOW") => u64::from(libc::SECCOMP_RET_ALLOW),
        _ => u64::from(libc::SECCOMP_RET_ERRNO) | errno,
    };
    let numbers = numbers()?;
    let mut program = vec![code(LOAD, 0, 0, 0)];
    for rule in profile["syscalls"].as_array().into_iter().flatten() {
        let named = |list: &Value, name: &str| {
            list.as_array().is_some_and(|list| list.iter().any(|other| other == name))
        };
        let some = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
        let elsewhere =
            some(&rule["includes"]["arches"]) && !named(&rule["includes"]["arches"], "amd64");
        if elsewhere || some(&rule["includes"]["caps"]) {
            continue;
        }
        for name in rule["names"].as_array().into_iter().flatten() {
            let Some(number) = name.as_str().and_then(|name| numbers.get(name)) else { continue };
            let result = action(&rule["action"], rule["errnoRet"].as_u64().unwrap_or(errno));
            let mut behind = vec![code(RETURN, result, 0, 0)];
            for argument in rule["args"].as_array().into_iter().flatten() {
                let value = |key: &str| argument[key].as_u64().unwrap_or(0);
                let skip = u8::try_from(behind.len()).expect("few arguments");
                let mut checks = vec![code(LOAD, 16 + 8 * value("index"), 0, 0)];
                checks.extend(match argument["op"].as_str() {
                    Some("SCMP_CMP_MASKED_EQ") => vec![
                        code(AND, value("value"), 0, 0),
                        code(EQUAL, value("valueTwo"), 0, skip),
                    ],
                    Some("SCMP_CMP_NE") => vec![code(EQUAL, value("value"), skip, 0)],
                    _ => vec![code(EQUAL, value("value"), 0, skip)],
                });
                checks.append(&mut behind);
                behind = checks;
            }
            let length = u8::try_from(behind.len()).expect("few arguments");
            program.push(code(EQUAL, u64::from(*number), 0, length));
            program.append(&mut behind);
            program.push(code(LOAD, 0, 0, 0));
        }
    }
    program.push(code(RETURN, action(&profile["defaultAction"], errno), 0, 0));
    Ok(program)
}
