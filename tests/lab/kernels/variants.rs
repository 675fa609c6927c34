//! Environments that only a machine of the lab's own can show: they change the whole machine, or
//! need a security module. One entry each, as with the named ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::architecture::Architecture;
use super::bpf;
use super::guest::{Found, io, is_ours};
use super::initramfs::Archive;
use super::selinux;
use crate::cell::{Seen, Truth, real};
use crate::judge::Expect::{self, Works};
use crate::judge::Remedied;
use crate::named::{Environment, NO_CAP, ROOT, refused, unseen};
use crate::results::NEEDS_LINUX;
use crate::room::{Room, kernel};
use crate::run::Lab;
use crate::sys::{self, Built, Skip};

const CLONE_ZERO: Expect = refused("unshare", "EPERM", "unprivileged-userns-clone");
const USERNS_ZERO: Expect = refused("unshare", "ENOSPC", "max-user-namespaces-zero");
const MAX_PID: Expect = refused("unshare", "ENOSPC", "max-pid-namespaces");
const MAX_MNT: Expect = refused("unshare", "ENOSPC", "max-mnt-namespaces");
const MOUNT_MAX: Expect = refused("mount-proc", "ENOSPC", "mount-max");
const THREADS_MAX: Expect = refused("fork", "EAGAIN", "threads-max");
const PID_MAX: Expect = refused("fork", "EAGAIN", "pid-max");
const NO_USERNS_RULE: Expect = unseen(
    "unshare",
    "EACCES",
    "apparmor-userns-denied",
    "whether a profile has a userns rule cannot be read without privilege",
);
const DENY_MOUNT: Expect = unseen(
    "propagation",
    "EACCES",
    "apparmor-deny-mount",
    "whether a profile denies mounts cannot be read without privilege",
);
const GRANTED: Expect =
    Expect::Nobody(None, "what a profile lets be mounted cannot be read without privilege");
const RESTRICTED: Expect = refused("unshare", "EPERM", "apparmor-unprivileged-userns");
const BPF: Expect =
    unseen("unshare", "EPERM", "lsm-userns-denied", "no file shows what a BPF program denies");

/// The environments.
static ENVIRONMENTS: &[Environment] = &[
    Environment {
        name: "host-unprivileged-userns-clone-zero",
        about: "kernel.unprivileged_userns_clone=0, in Debian's kernels",
        since: (3, 8),
        build: |room| {
            sysctl(room, "kernel.unprivileged_userns_clone", "0").and_then(|()| room.become_user())
        },
        cells: [CLONE_ZERO, CLONE_ZERO, NO_CAP, NO_CAP, CLONE_ZERO],
        extra: &[],
    },
    Environment {
        name: "host-unprivileged-userns-clone-zero-root",
        about: "the same as root, which it does not concern",
        since: (3, 8),
        build: |room| sysctl(room, "kernel.unprivileged_userns_clone", "0"),
        cells: ROOT,
        extra: &[],
    },
    Environment {
        name: "host-max-user-namespaces-zero",
        about: "user.max_user_namespaces=0 on the host itself",
        since: (4, 9),
        build: |room| {
            sysctl(room, "user.max_user_namespaces", "0").and_then(|()| room.become_user())
        },
        cells: [USERNS_ZERO, USERNS_ZERO, NO_CAP, NO_CAP, USERNS_ZERO],
        extra: &[],
    },
    Environment {
        name: "host-max-user-namespaces-zero-root",
        about: "the same as root, whom it concerns too",
        since: (4, 9),
        build: |room| sysctl(room, "user.max_user_namespaces", "0"),
        cells: [USERNS_ZERO, USERNS_ZERO, Works, Works, USERNS_ZERO],
        extra: &[],
    },
    Environment {
        name: "host-max-pid-namespaces-zero",
        about: "user.max_pid_namespaces=0 on the host itself",
        since: (4, 9),
        build: |room| {
            sysctl(room, "user.max_pid_namespaces", "0").and_then(|()| room.become_user())
        },
        cells: [MAX_PID, MAX_PID, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "host-max-mnt-namespaces-zero-root",
        about: "user.max_mnt_namespaces=0 on the host itself, as root",
        since: (4, 9),
        build: |room| sysctl(room, "user.max_mnt_namespaces", "0"),
        cells: [MAX_MNT, Works, MAX_MNT, Works, Works],
        extra: &[],
    },
    Environment {
        name: "host-mount-max",
        about: "fs.mount-max leaves no room for one more mount",
        since: (4, 9),
        build: |room| sysctl(room, "fs.mount-max", "1").and_then(|()| room.become_user()),
        cells: [MOUNT_MAX, Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "host-mount-max-root",
        about: "the same as root",
        since: (4, 9),
        build: |room| sysctl(room, "fs.mount-max", "1"),
        cells: [MOUNT_MAX, Works, MOUNT_MAX, Works, Works],
        extra: &[],
    },
    Environment {
        name: "host-threads-max",
        about: "the machine runs as many tasks as kernel.threads-max allows",
        since: (3, 8),
        build: |room| full(room, "kernel.threads-max", "20").and_then(|()| room.become_user()),
        cells: [THREADS_MAX, THREADS_MAX, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "host-threads-max-root",
        about: "the same as root",
        since: (3, 8),
        build: |room| full(room, "kernel.threads-max", "20"),
        cells: [THREADS_MAX, THREADS_MAX, THREADS_MAX, THREADS_MAX, Works],
        extra: &[],
    },
    Environment {
        name: "host-pid-max",
        about: "every pid that kernel.pid_max allows is in use",
        since: (3, 8),
        build: |room| {
            full(room, "kernel.pid_max", "310")
                .and_then(|()| room.become_user())
                .and_then(|()| take_pids())
        },
        cells: [PID_MAX, PID_MAX, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "host-pid-max-root",
        about: "the same as root",
        since: (3, 8),
        build: |room| full(room, "kernel.pid_max", "310").and_then(|()| take_pids()),
        cells: [PID_MAX, PID_MAX, PID_MAX, PID_MAX, Works],
        extra: &[],
    },
    Environment {
        name: "apparmor-no-userns",
        about: "an AppArmor profile that mediates user namespaces and does not grant them",
        since: (6, 7),
        build: |room| apparmor(room, "lab-no-userns", true),
        cells: [NO_USERNS_RULE, NO_USERNS_RULE, NO_CAP, NO_CAP, NO_USERNS_RULE],
        extra: &[],
    },
    Environment {
        name: "apparmor-no-userns-root",
        about: "the same as root, whom it concerns too",
        since: (6, 7),
        build: |room| apparmor(room, "lab-no-userns", false),
        cells: [NO_USERNS_RULE, NO_USERNS_RULE, Works, Works, NO_USERNS_RULE],
        extra: &[],
    },
    Environment {
        name: "apparmor-deny-mount",
        about: "an AppArmor profile that denies mounts",
        since: (5, 8),
        build: |room| apparmor(room, "lab-deny-mount", true),
        cells: [DENY_MOUNT, Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "apparmor-deny-mount-root",
        about: "the same as root",
        since: (5, 8),
        build: |room| apparmor(room, "lab-deny-mount", false),
        cells: [DENY_MOUNT, Works, DENY_MOUNT, Works, Works],
        extra: &[],
    },
    Environment {
        name: "apparmor-granted",
        about: "an AppArmor profile that grants both",
        since: (5, 8),
        build: |room| apparmor(room, "lab-granted", true),
        cells: [GRANTED, Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "apparmor-granted-root",
        about: "the same as root",
        since: (5, 8),
        build: |room| apparmor(room, "lab-granted", false),
        cells: [GRANTED, Works, GRANTED, Works, Works],
        extra: &[],
    },
    Environment {
        name: "apparmor-unprivileged-userns",
        about: "inside the profile that Ubuntu moves processes into which make user namespaces",
        since: (5, 8),
        build: |room| apparmor(room, "unprivileged_userns", true),
        cells: [RESTRICTED, RESTRICTED, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "apparmor-unprivileged-userns-root",
        // capget(2) leaves out what the profile denies (security/apparmor/lsm.c,
        // apparmor_capget()).
        about: "the same as root, whose capabilities the profile takes away",
        since: (5, 8),
        build: |room| apparmor(room, "unprivileged_userns", false),
        cells: [RESTRICTED, RESTRICTED, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "bpf-lsm",
        about: "a BPF program denies user namespaces to this user (Tetragon, KubeArmor)",
        since: (6, 1),
        build: |room| bpf_lsm(room, room.uid).and_then(|()| room.become_user()),
        cells: [BPF, BPF, NO_CAP, NO_CAP, BPF],
        extra: &[],
    },
    Environment {
        name: "bpf-lsm-root",
        about: "the same to root",
        since: (6, 1),
        build: |room| bpf_lsm(room, 0),
        cells: [BPF, BPF, Works, Works, BPF],
        extra: &[],
    },
];

/// Those and the ones of SELinux.
pub fn all() -> impl Iterator<Item = &'static Environment> {
    ENVIRONMENTS.iter().chain(selinux::ENVIRONMENTS)
}

/// The environment of this name.
pub fn find(name: &str) -> Option<&'static Environment> {
    all().find(|e| e.name == name)
}

/// Looks at one, and carries out the cheapest remedy of each refusal.
pub fn run(lab: &Lab, environment: &'static Environment) -> Found {
    if kernel() < environment.since {
        let mut found = Found::default();
        found.results.skip(
            &format!("{NEEDS_LINUX}{}.{}", environment.since.0, environment.since.1),
            environment.name,
        );
        return found;
    }
    Found::on(&lab.room(environment.name), environment.name)
        .remedied(|seen| remedied(lab, environment.name, seen))
}

/// Where the lines of a remedy wait for the room to carry them out.
fn script(lab: &Path) -> PathBuf {
    lab.join("remedy.sh")
}

/// Carries the cheapest remedy out, as printed, and asks the real command again: with other flags
/// where the remedy names some; every other line is pasted into a shell of the administrator.
fn remedied(lab: &Lab, place: &str, seen: &Seen) -> Remedied {
    let Some(cheapest) = seen.probed.remedies.first() else { return Remedied::NonePrinted };
    let id = cheapest.id.clone();
    let (flags, lines): (Vec<&String>, Vec<&String>) =
        cheapest.commands.iter().partition(|line| line.starts_with("UNSHARE_ISOLATION_FLAGS="));
    let (pasted, told): (Vec<&String>, Vec<&String>) =
        lines.into_iter().partition(|line| pasteable(line));
    if let Some(other) = told.iter().find(|line| !line.contains(POLICY)) {
        return Remedied::NotApplied(id, format!("the guest has no {other:?}"));
    }
    // A script without a line is one too: what a line only tells somebody to do, the room does.
    let text = pasted
        .iter()
        .map(|line| format!("{line}\n"))
        .chain(told.iter().map(|line| format!("# {line}\n")))
        .collect::<String>();
    if !text.is_empty() && fs::write(script(&lab.dir), &text).is_err() {
        return Remedied::NotApplied(id, "the lab's directory cannot be written".into());
    }
    let flags = flags.first().and_then(|line| flags_of(line)).unwrap_or(&seen.flags);
    let after = real(&lab.room(place), flags);
    let _ = fs::remove_file(script(&lab.dir));
    match after {
        Ok(Truth::Works) if told.is_empty() => Remedied::Worked(id),
        Ok(Truth::Works) => Remedied::InEffect(id),
        other => Remedied::Failed(id, format!("after {:?}: {other:?}", cheapest.commands)),
    }
}

/// Whether the shell of an administrator takes the line as it stands; what else a line may tell
/// somebody to do.
fn pasteable(line: &str) -> bool {
    ["sysctl ", "echo ", "tee ", "systemctl ", "apparmor_parser ", "printf ", "semodule "]
        .iter()
        .any(|start| line.starts_with(start))
}
const POLICY: &str = "allow user namespaces in that program's policy";

/// The flags that a line of a remedy sets.
pub fn flags_of(line: &str) -> Option<&str> {
    line.strip_prefix("UNSHARE_ISOLATION_FLAGS=\"")?.strip_suffix('"')
}

/// Pastes the lines of the remedy that is to be tried, if one is, into a shell. Says whether one
/// was.
pub fn administer(room: &Room) -> Built<bool> {
    if !script(&room.lab).exists() {
        return Ok(false);
    }
    let output = io("sh", Command::new("sh").arg("-e").arg(script(&room.lab)).output())?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    // The guest does not boot again, so what would last is of no use to it.
    for file in fs::read_dir("/etc/sysctl.d").into_iter().flatten().flatten() {
        if file.file_name().to_string_lossy().contains("isodoc") {
            io(file.path().display(), fs::remove_file(file.path()))?;
        }
    }
    if output.status.success() {
        Ok(true)
    } else {
        Err(Skip(format!("the remedy ended with {}: {said}", output.status)))
    }
}

/// Sets a kernel parameter of the whole machine for as long as the command runs.
fn sysctl(room: &Room, key: &str, value: &str) -> Built {
    full(room, key, value)?;
    if script(&room.lab).exists() {
        // As `full` left it to the remedy; now the other way round: first the fault, then what
        // mends it.
        set(key, value)?;
        administer(room)?;
    }
    Ok(())
}

/// Sets a limit so low that nothing more can be started, the remedy's shell neither: that one goes
/// first.
fn full(room: &Room, key: &str, value: &str) -> Built {
    if !is_ours() {
        return Err(Skip("only in a machine of the lab's own".into()));
    }
    let before = io(key, fs::read_to_string(path(key)))?;
    let key_too = key.to_owned();
    room.go_on_in_child(move || {
        let _ = set(&key_too, before.trim());
    })?;
    if administer(room)? { Ok(()) } else { set(key, value) }
}

fn path(key: &str) -> PathBuf {
    Path::new("/proc/sys").join(key.replace('.', "/"))
}

fn set(key: &str, value: &str) -> Built {
    io(format!("{key}={value}"), fs::write(path(key), value))
}

/// Takes every pid up to the lab's limit, and no more where the limit is higher by now.
fn take_pids() -> Built {
    for _ in 0..320 {
        match sys::fork() {
            Ok(0) => sys::die_with_parent().map(|()| sys::pause())?,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    Ok(())
}

/// Denies user namespaces to a user, until the command ends: the parent keeps the program. The
/// remedy is a policy that has somebody else in it.
fn bpf_lsm(room: &Room, uid: u32) -> Built {
    if !is_ours() {
        return Err(Skip("only in a machine of the lab's own".into()));
    }
    bpf::deny(if script(&room.lab).exists() { uid + 1 } else { uid })?;
    room.go_on_in_child(|| {})
}

/// Where the profiles are.
const PROFILES: &str = "/etc/apparmor.d";

/// The profiles, by the name of their file and their own.
const SOURCES: &[(&str, &str)] = &[
    ("lab-no-userns", include_str!("profiles/lab-no-userns.aa")),
    ("lab-deny-mount", include_str!("profiles/lab-deny-mount.aa")),
    ("lab-granted", include_str!("profiles/lab-granted.aa")),
    ("unprivileged_userns", include_str!("profiles/unprivileged_userns.aa")),
];

/// Puts the profiles and the tools for them into an initramfs.
pub fn tools(archive: &mut Archive, of: &Architecture, tools: &Path) -> Result<(), String> {
    for (name, text) in SOURCES {
        archive.file(&format!("{PROFILES}/{name}"), 0o644, text.as_bytes());
    }
    archive.directory(&format!("{PROFILES}/local"));
    for dir in ["abi", "abstractions", "tunables"] {
        archive.tree(&tools.join("etc/apparmor.d").join(dir), &format!("{PROFILES}/{dir}"))?;
    }
    // The features of AppArmor 3, which profiles that name no ABI are read with: Debian 12 has
    // that, and the Docker whose profile names none.
    archive.file("/etc/apparmor/parser.conf", 0o644, b"policy-features=/etc/apparmor.d/abi/3.0\n");
    let libraries = tools.join("usr/lib").join(of.triplet);
    for name in ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6"] {
        archive.copy(&libraries.join(name), &format!("/lab/tools/{name}"))?;
    }
    archive.copy(&libraries.join(of.loader), "/lab/tools/ld.so")?;
    archive.copy(&tools.join("usr/sbin/apparmor_parser"), "/lab/tools/apparmor_parser")?;
    let parser = "#!/bin/sh\nexec /lab/tools/ld.so --library-path /lab/tools \
        /lab/tools/apparmor_parser \"$@\"\n";
    archive.file("/usr/sbin/apparmor_parser", 0o755, parser.as_bytes());
    // What apparmor.service does when it is reloaded; no systemd runs in the guests.
    let systemctl = "#!/bin/sh\n[ \"$2\" = apparmor ] || exit 1\n\
                     for f in /etc/apparmor.d/*; do [ -d \"$f\" ] || apparmor_parser -r \"$f\" || \
                     exit 1; done\n";
    archive.file("/usr/bin/systemctl", 0o755, systemctl.as_bytes());
    Ok(())
}

/// Loads a profile and shuts the process into it, as a user or as root.
fn apparmor(room: &Room, profile: &str, as_user: bool) -> Built {
    if !is_ours() {
        return Err(Skip("only in a machine of the lab's own".into()));
    }
    let loaded = io("AppArmor", fs::read_to_string("/sys/kernel/security/apparmor/profiles"))?;
    let load = || {
        let output = io(
            "apparmor_parser",
            Command::new("apparmor_parser").arg("-r").arg(format!("{PROFILES}/{profile}")).output(),
        )?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() { Ok(()) } else { Err(Skip(format!("apparmor_parser: {said}"))) }
    };
    if !loaded.lines().any(|line| line.split(' ').next() == Some(profile)) {
        load()?;
    }
    if script(&room.lab).exists() {
        room.go_on_in_child(|| {
            let _ = fs::remove_file(format!("{PROFILES}/local/{profile}"));
            let _ = load();
        })?;
        administer(room)?;
    }
    if as_user {
        room.become_user()?;
    }
    // At the next exec: the room itself stays outside.
    io("attr/exec", fs::write("/proc/self/attr/exec", format!("exec {profile}")))
}
