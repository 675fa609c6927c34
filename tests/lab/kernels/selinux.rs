//! SELinux in a guest: a kernel that was booted with it enforces a small policy, and the process is
//! put into one of its domains.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::guest::{io, is_ours};
use super::initramfs::Archive;
use crate::judge::Expect::{self, Works};
use crate::named::{Environment, NO_CAP, ROOT, unseen};
use crate::room::{PROC_FLAGS, Room};
use crate::sys::{self, Built, Skip};

const SECRET: &str = "only the policy tells what a domain may";
const NO_USERNS: Expect = unseen("unshare", "EACCES", "selinux-userns-denied", SECRET);
const NO_MOUNT: Expect = unseen("propagation", "EACCES", "selinux-mount-denied", SECRET);
/// It works, and facts do not tell.
const GRANTED: Expect = Expect::Nobody(None, SECRET);

/// The environments.
pub static ENVIRONMENTS: &[Environment] = &[
    Environment {
        name: "selinux-no-userns",
        about: "a domain of SELinux that may not make user namespaces",
        since: (6, 1),
        build: |room| enter(room, "lab_no_userns_t", true),
        cells: [NO_USERNS, NO_USERNS, NO_CAP, NO_CAP, NO_USERNS],
        extra: &[],
    },
    Environment {
        name: "selinux-no-userns-root",
        about: "the same as root, whom it concerns too",
        since: (6, 1),
        build: |room| enter(room, "lab_no_userns_t", false),
        cells: [NO_USERNS, NO_USERNS, GRANTED, Works, NO_USERNS],
        extra: &[],
    },
    Environment {
        name: "selinux-no-mount",
        about: "a domain of SELinux that may not mount",
        since: (5, 8),
        build: |room| enter(room, "lab_no_mount_t", true),
        cells: [NO_MOUNT, GRANTED, NO_CAP, NO_CAP, GRANTED],
        extra: &[],
    },
    Environment {
        name: "selinux-no-mount-root",
        about: "the same as root, whom it concerns too",
        since: (5, 8),
        build: |room| enter(room, "lab_no_mount_t", false),
        cells: [NO_MOUNT, GRANTED, NO_MOUNT, Works, GRANTED],
        extra: &[],
    },
    Environment {
        name: "selinux-unconfined",
        about: "the domain of SELinux that may do everything",
        since: (5, 8),
        build: |room| enter(room, "unconfined_t", true),
        cells: [Works, Works, NO_CAP, NO_CAP, Works],
        extra: &[],
    },
    Environment {
        name: "selinux-unconfined-root",
        about: "the same as root",
        since: (5, 8),
        build: |room| enter(room, "unconfined_t", false),
        cells: ROOT,
        extra: &[],
    },
];

/// What a kernel is told at boot to have it: of the modules that keep labels there may be one.
pub const BOOT: &str = "security=selinux selinux=1 enforcing=0";

/// The environment of this name.
pub fn find(name: &str) -> Option<&'static Environment> {
    ENVIRONMENTS.iter().find(|e| e.name == name)
}

/// Where the compiled policy is in a guest.
const POLICY: &str = "/lab/selinux.policy";

/// Puts the policy into an initramfs, where there is a compiler for it.
pub fn policy(archive: &mut Archive, dir: &Path) -> Result<(), String> {
    const OLDEST: &str = "31"; // Linux 4.13 and later read it.
    let (source, compiled) = (dir.join("lab.cil"), dir.join("selinux.policy"));
    fs::write(&source, include_str!("policies/lab.cil")).map_err(|e| e.to_string())?;
    let mut secilc = Command::new("secilc");
    secilc.args(["-c", OLDEST, "-f", "/dev/null", "-o"]).arg(&compiled).arg(&source);
    match secilc.output() {
        Err(_) => Ok(()),
        Ok(output) if output.status.success() => archive.copy(&compiled, POLICY),
        Ok(output) => Err(format!("secilc: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// Has the policy enforced, and shuts the process into a domain at the next exec, as a user or as
/// root.
fn enter(room: &Room, domain: &str, as_user: bool) -> Built {
    if !is_ours() {
        return Err(Skip("only in a machine of the lab's own".into()));
    }
    enforce()?;
    if as_user {
        room.become_user()?;
    }
    io("attr/exec", fs::write("/proc/self/attr/exec", format!("lab_u:lab_r:{domain}:s0")))
}

/// Where a kernel that has it is asked.
const SELINUX: &str = "/sys/fs/selinux";

/// Mounts its file system, where the kernel has it.
pub fn mount() -> Built {
    match Path::new(SELINUX).exists() {
        true => sys::mount("selinuxfs", SELINUX, "selinuxfs", PROC_FLAGS, ""),
        false => Ok(()),
    }
}

fn enforce() -> Built {
    let state = format!("{SELINUX}/enforce");
    if fs::read_to_string(&state).is_ok_and(|word| word == "1") {
        return Ok(());
    }
    let policy = fs::read(POLICY).map_err(|_| Skip("no policy: needs secilc".into()))?;
    io("load", fs::write(format!("{SELINUX}/load"), policy))?;
    io("enforce", fs::write(&state, "1"))
}
