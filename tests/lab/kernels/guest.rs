//! What the lab does as the first process of a guest: it makes a host of the initramfs, runs the
//! environments that the list beside it names, reports each over the second serial port, and
//! switches the machine off.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::{attached, docker, environments, selinux, variants};
use crate::cell::{self, NoVisit, Seen, Spot, Truth, Visit};
use crate::judge::Remedied;
use crate::named;
use crate::remedies;
use crate::results::Results;
use crate::room::PROC_FLAGS;
use crate::run::{Lab, no_process_left};
use crate::sys::{self, Built, Skip};

/// A line of what a guest reports.
#[derive(Debug, Serialize, Deserialize)]
pub enum Report {
    /// The release of its kernel.
    Release(String),
    /// What was seen in a place.
    Place(String, Box<Found>),
    /// Nothing is left to do.
    Done,
}

/// What a guest saw in a place. The rest of the work is not for an emulated processor: the machine
/// that started the guest judges the cells, and checks the snapshot, which then truly is elsewhere.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// The cells, one for each of [`named::FLAGS`].
    pub visit: Option<Visit>,
    /// What came of the cheapest remedy of each cell.
    pub remedies: Vec<Remedied>,
    /// Why there is no visit, and what was left behind.
    pub results: Results,
}

impl Found {
    /// Looks at a spot of this name.
    pub fn on(spot: &dyn Spot, name: &str) -> Self {
        let mut found = Self::default();
        match cell::visit(spot, &named::FLAGS.map(|(_, flags)| flags)) {
            Ok(visit) => found.visit = Some(visit),
            Err(NoVisit::Skipped(why)) => found.results.skip(&why, name),
            Err(NoVisit::Broken(why)) => found.results.wrong(format!("{name}: {why}")),
        }
        if !no_process_left() {
            found.results.wrong(format!("{name}: left a process behind"));
        }
        found
    }

    /// Carries out the remedies of the cells that are refused. An emulated processor is slow: the
    /// same one is carried out for the first set of flags alone.
    pub fn remedied(mut self, one: impl Fn(&Seen) -> Remedied) -> Self {
        let mut done = BTreeSet::new();
        let cells = self.visit.iter().flat_map(|visit| &visit.cells);
        let of_cell = |seen: &Seen| match seen.probed.remedies.first() {
            _ if seen.truth == Truth::Works => Remedied::NotNeeded,
            Some(printed) if !done.insert(printed.id.clone()) => {
                Remedied::NotApplied(printed.id.clone(), FOR_OTHER_FLAGS.to_owned())
            }
            _ => one(seen),
        };
        self.remedies = cells.map(of_cell).collect();
        self
    }
}

/// Why a remedy is not carried out again in a guest.
const FOR_OTHER_FLAGS: &str = "carried out in the same guest and environment, for other flags";

/// Where the lab is in a guest.
const HOME: &str = "/lab";

/// Every place that can be asked for, in order; Docker last, for its daemon goes on running.
pub fn places() -> impl Iterator<Item = &'static str> {
    environments()
        .map(|e| e.name)
        .chain([named::GIVES_BACK, attached::NAME])
        .chain(docker::CONTAINERS.iter().map(|c| c.name))
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

/// Moves everything to a file system of its own and makes that the root, as the initramfs of a
/// distribution does: a process whose root is the initramfs itself is no common sight.
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
    selinux::mount()?;
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
    let [_, port] = Architecture::own().serial;
    let done =
        fs::OpenOptions::new().write(true).open(format!("/dev/{port}")).and_then(|mut port| {
            let mut report = |report: &Report| writeln!(port, "{}", serde_json::to_string(report)?);
            let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
            report(&Report::Release(release.trim().to_owned()))?;
            let lab = Lab::new()?;
            let _ = sys::adopt_orphans();
            let todo = fs::read_to_string(format!("{HOME}/todo"))?;
            let ground = named::Ground::of(&lab);
            for name in todo.lines() {
                let mut found = if let Some(container) = docker::find(name) {
                    docker::run(&lab, container)
                } else if let Some(environment) = variants::find(name) {
                    variants::run(&lab, environment)
                } else if let Some(environment) = named::find(name) {
                    ground.why_not(environment).map_or_else(
                        || {
                            Found::on(&lab.room(name), name)
                                .remedied(|seen| remedies::cheapest(&lab, name, seen))
                        },
                        |why| {
                            let mut found = Found::default();
                            found.results.skip(&why, name);
                            found
                        },
                    )
                } else {
                    let mut found = Found::default();
                    match name {
                        attached::NAME => attached::run(&lab, &mut found.results),
                        _ => named::gives_back(&lab, &mut found.results),
                    }
                    found
                };
                ground.left_behind(name, &mut found.results);
                report(&Report::Place(name.to_owned(), Box::new(found)))?;
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
