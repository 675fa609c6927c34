//! SELinux in a guest: a kernel that was booted with it enforces a small policy, and the process is
//! put into one of its domains.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::architecture::Architecture;
use super::guest::{io, is_ours};
use super::initramfs::Archive;
use super::variants;
use crate::judge::Expect::{self, Works};
use crate::named::{Environment, NO_CAP, ROOT, unseen};
use crate::room::{PROC_FLAGS, Room, find as program};
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

/// semodule(8) of a guest: the policy is compiled with this module, or with none, and loaded; the
/// file of the module is taken away with that. Linux 4.13 and later read that version of a policy.
const SEMODULE: &str = "#!/bin/sh -e
[ -z \"$1\" ] || shift
secilc -c 31 -f /dev/null -o /lab/selinux.policy /lab/lab.cil \"$@\"
cat /lab/selinux.policy > /sys/fs/selinux/load
[ -z \"$1\" ] || rm \"$@\"
";

/// Puts the policy into an initramfs, where this machine has a compiler for it that runs there.
pub fn policy(archive: &mut Archive, of: &Architecture) -> Result<(), String> {
    if !of.is_own() || program("secilc").is_none() {
        return Ok(());
    }
    archive.file("/lab/lab.cil", 0o644, include_bytes!("policies/lab.cil"));
    archive.file("/usr/sbin/semodule", 0o755, SEMODULE.as_bytes());
    archive.program("secilc")
}

/// Has the policy enforced, and shuts the process into a domain at the next exec, as a user or as
/// root.
fn enter(room: &Room, domain: &str, as_user: bool) -> Built {
    if !is_ours() {
        return Err(Skip("only in a machine of the lab's own".into()));
    }
    enforce()?;
    // Whoever comes next has the policy anew.
    variants::administer(room)?;
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
    let output = Command::new("semodule").output();
    let output = output.map_err(|_| Skip("no policy: needs secilc".into()))?;
    match output.status.success() {
        true => io("enforce", fs::write(format!("{SELINUX}/enforce"), "1")),
        false => Err(Skip(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}
