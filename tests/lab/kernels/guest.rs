//! What the lab does as the first process of a guest: it makes a host of the initramfs, runs the environments that
//! the list beside it names, reports each over the second serial port, and switches the machine off.

use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::{docker, environments, variants};
use crate::named;
use crate::results::Results;
use crate::room::PROC_FLAGS;
use crate::run::Lab;
use crate::sys::{self, Built, Skip};

/// A line of what a guest reports.
#[derive(Debug, Serialize, Deserialize)]
pub enum Report {
    /// The release of its kernel.
    Release(String),
    /// What was found in an environment.
    Place(String, Results),
    /// Nothing is left to do.
    Done,
}

/// Where the lab is in a guest.
const HOME: &str = "/lab";

/// The serial port for the reports; kernel messages go to the first one.
const PORT: &str = "/dev/ttyS1";

/// Every place that can be asked for, in order; Docker last, for its daemon goes on running.
pub fn places() -> impl Iterator<Item = &'static str> {
    environments().map(|e| e.name).chain([named::GIVES_BACK]).chain(docker::CONTAINERS.iter().map(|c| c.name))
}

/// Whether this machine is a guest of the lab: only there may a kernel parameter be changed.
pub fn is_ours() -> bool {
    fs::read_to_string("/proc/cmdline").is_ok_and(|line| line.contains(" rdinit=/lab/lab "))
}

/// The first process, in the initramfs. Returns why it cannot go on.
pub fn init() -> i32 {
    let result = leave_initramfs().map_err(|Skip(why)| why).and_then(|()| {
        let error = Command::new(format!("{HOME}/lab")).arg("guest").exec();
        Err(error.to_string())
    });
    let Err::<(), _>(why) = result else { return 0 };
    println!("init: {why}");
    1
}

/// Moves everything to a file system of its own and makes that the root, as the initramfs of a distribution does: a
/// process whose root is the initramfs itself is no common sight.
fn leave_initramfs() -> Built {
    let root = Path::new("/newroot");
    mkdir("/newroot")?;
    sys::mount("root", root, "tmpfs", 0, "mode=755,size=90%")?;
    for entry in io("/", fs::read_dir("/"))?.flatten().filter(|e| e.path() != root) {
        io(entry.path().display(), move_to(&entry.path(), &root.join(entry.file_name())))?;
    }
    io("/newroot", std::env::set_current_dir(root))?;
    sys::mount(".", "/", "", libc::MS_MOVE, "")?;
    sys::chroot(Path::new("."))
}

fn move_to(from: &Path, to: &Path) -> io::Result<()> {
    let meta = fs::symlink_metadata(from)?;
    if meta.is_dir() {
        fs::create_dir(to)?;
        for entry in fs::read_dir(from)?.flatten() {
            move_to(&entry.path(), &to.join(entry.file_name()))?;
        }
        return fs::set_permissions(to, meta.permissions());
    }
    if meta.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(from)?, to)?;
    } else if meta.is_file() {
        fs::copy(from, to)?;
    }
    fs::remove_file(from)
}

/// The first process, in the root file system.
pub fn first_process() -> i32 {
    if let Err(Skip(why)) = mounts() {
        println!("guest: {why}");
    }
    let worker = Command::new(format!("{HOME}/lab"))
        .arg("guest-work")
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin")
        .env("HOME", "/root")
        .current_dir("/")
        .status();
    println!("guest: {worker:?}");
    sys::power_off()
}

/// What every host has mounted.
fn mounts() -> Built {
    let nosuid = PROC_FLAGS;
    for (source, target, flags, data) in [
        ("proc", "/proc", nosuid, ""),
        ("sysfs", "/sys", nosuid, ""),
        ("devtmpfs", "/dev", libc::MS_NOSUID, "mode=755"),
        ("devpts", "/dev/pts", libc::MS_NOSUID | libc::MS_NOEXEC, "mode=620,ptmxmode=666"),
        ("tmpfs", "/dev/shm", libc::MS_NOSUID | libc::MS_NODEV, "mode=1777"),
        ("tmpfs", "/run", libc::MS_NOSUID | libc::MS_NODEV, "mode=755"),
        ("securityfs", "/sys/kernel/security", nosuid, ""),
        ("cgroup2", "/sys/fs/cgroup", nosuid, ""),
    ] {
        let _ = fs::create_dir(target);
        sys::mount(source, target, source, flags, data)?;
    }
    sys::mount("none", "/", "", libc::MS_REC | libc::MS_SHARED, "")?;
    for dir in ["/tmp", "/var/tmp"] {
        io(dir, fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o1777)))?;
    }
    for controller in ["+cpu", "+memory", "+pids"] {
        io(controller, fs::write("/sys/fs/cgroup/cgroup.subtree_control", controller))?;
    }
    Ok(())
}

/// Runs what the list names.
pub fn work() -> i32 {
    let done = fs::OpenOptions::new().write(true).open(PORT).and_then(|mut port| {
        let mut report = |report: &Report| writeln!(port, "{}", serde_json::to_string(report)?);
        let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        report(&Report::Release(release.trim().to_owned()))?;
        let lab = Lab::new()?;
        let _ = sys::adopt_orphans();
        let todo = fs::read_to_string(format!("{HOME}/todo"))?;
        let ground = named::Ground::of(&lab);
        for name in todo.lines() {
            let mut results = Results::default();
            if name == named::GIVES_BACK {
                named::gives_back(&lab, &mut results);
            } else if let Some(container) = docker::find(name) {
                docker::run(&lab, container, &mut results);
            } else if let Some(environment) = variants::find(name) {
                variants::run(&lab, environment, &mut results);
            } else if let Some(environment) = named::find(name) {
                ground.run(&lab, environment, &mut results);
            }
            report(&Report::Place(name.to_owned(), results))?;
        }
        report(&Report::Done)
    });
    match done {
        Ok(()) => 0,
        Err(why) => {
            println!("guest: {why}");
            1
        }
    }
}

fn mkdir(path: &str) -> Built {
    io(path, fs::create_dir(path))
}

/// An I/O error as the reason why something cannot be built.
pub fn io<T>(what: impl std::fmt::Display, result: io::Result<T>) -> Built<T> {
    result.map_err(|e| Skip(format!("{what}: {e}")))
}
