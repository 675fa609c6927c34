//! Docker in a guest: there AppArmor is on and `docker-default` enforced, and `--privileged` is
//! nobody's risk.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::guest::Found;
use super::initramfs::Archive;
use super::variants;
use crate::cell::{NoVisit, Ran, Seen, Truth, Visit};
use crate::containers::remedies::{in_directory, profiles, write_profile};
use crate::judge::Expect::{self, Works};
use crate::judge::Remedied;
use crate::named::{FLAGS, NO_CAP, ROOT, refused};
use crate::run::Lab;

/// A way to start a container.
pub struct Container {
    /// Its name.
    pub name: &'static str,
    /// The options of `docker run`.
    options: &'static str,
    /// What the flags A to E meet in it.
    pub cells: [Expect; 5],
}

const SECCOMP: Expect = refused("unshare", "EPERM", "seccomp-unshare");
const DENY_MOUNT: Expect = refused("propagation", "EACCES", "apparmor-deny-mount");

/// The containers. The order of the gates is the kernel's: the filter, then capabilities, then
/// AppArmor at the first mount.
pub static CONTAINERS: &[Container] = &[
    Container { name: "docker-apparmor-default", options: "", cells: [SECCOMP; 5] },
    Container {
        name: "docker-apparmor-default-user",
        options: "--user 54321:54321",
        cells: [SECCOMP; 5],
    },
    Container {
        name: "docker-apparmor-no-filter-no-masks",
        options: "--security-opt seccomp=unconfined --security-opt systempaths=unconfined",
        cells: [DENY_MOUNT, Works, NO_CAP, NO_CAP, Works],
    },
    Container {
        name: "docker-apparmor-nothing-user",
        options: "--security-opt seccomp=unconfined --security-opt systempaths=unconfined \
            --security-opt apparmor=unconfined --user 54321:54321",
        cells: [Works, Works, NO_CAP, NO_CAP, Works],
    },
    Container {
        name: "docker-apparmor-sys-admin",
        options: "--cap-add SYS_ADMIN",
        cells: [DENY_MOUNT, Works, DENY_MOUNT, Works, Works],
    },
    Container { name: "docker-apparmor-privileged", options: "--privileged", cells: ROOT },
    Container {
        name: "docker-apparmor-privileged-no-new-privs",
        options: "--privileged --security-opt no-new-privileges",
        cells: ROOT,
    },
    Container {
        name: "docker-apparmor-privileged-read-only",
        options: "--privileged --read-only --tmpfs /var/tmp:exec",
        cells: ROOT,
    },
    Container {
        name: "docker-apparmor-privileged-no-new-privs-read-only",
        options: "--privileged --security-opt no-new-privileges --read-only --tmpfs /var/tmp:exec",
        cells: ROOT,
    },
];

/// The container of this name.
pub fn find(name: &str) -> Option<&'static Container> {
    CONTAINERS.iter().find(|c| c.name == name)
}

/// Docker's programs, from this machine.
pub fn programs(archive: &mut Archive) -> Result<(), String> {
    archive.link("var/run", "/run");
    ["dockerd", "docker", "containerd", "containerd-shim-runc-v2", "runc"]
        .iter()
        .try_for_each(|program| archive.program(program))
}

/// Starts the daemon, unless it runs, and imports an image of what the guest itself has. It ends
/// with the machine.
fn start(lab: &Lab) -> Result<(), String> {
    if Path::new("/run/docker.sock").exists() {
        return Ok(());
    }
    let log = fs::File::create("/run/dockerd.log").map_err(|e| e.to_string())?;
    let arguments = "--storage-driver vfs --bridge none --iptables=false --ip6tables=false \
        --data-root /run/docker-data";
    let daemon = Command::new("dockerd")
        .args(arguments.split(' '))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn();
    let mut daemon = daemon.map_err(|e| format!("dockerd: {e}"))?;
    let deadline = Instant::now() + Duration::from_secs(180);
    while !docker(lab, &["version"]).is_ok_and(|(code, _)| code == 0) {
        if Instant::now() > deadline || daemon.try_wait().is_ok_and(|status| status.is_some()) {
            let log = fs::read_to_string("/run/dockerd.log").unwrap_or_default();
            return Err(format!("dockerd does not start: {}", log.lines().last().unwrap_or("")));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    // Docker's own programs are of no use inside.
    let pack = "mkdir /run/image && cd /run/image || exit
                for d in bin etc lab lib lib64 sbin usr var; do busybox cp -a /$d . || exit; done
                for d in usr/bin usr/sbin usr/local/bin usr/local/sbin; do rm -f $d/docker* \
                $d/containerd* $d/runc; done
                busybox tar -cf - . | docker import - lab && rm -r /run/image";
    let output = Command::new("sh").args(["-c", pack]).output().map_err(|e| e.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("importing the image: {said}")) }
}

/// Runs docker(1): its exit code and what it prints.
fn docker(lab: &Lab, arguments: &[&str]) -> Result<(i32, String), String> {
    let mut command = Command::new("docker");
    command.args(arguments);
    lab.environment(&mut command);
    match lab.run(command) {
        Ran::Ended { code: 0, stdout, .. } => Ok((0, stdout)),
        Ran::Ended { code, stderr, .. } => Ok((code, stderr)),
        Ran::Skipped(why) => Err(why),
    }
}

fn visit(lab: &Lab, options: &str, flag_sets: &[&str]) -> Result<Visit, String> {
    let mut arguments = vec![
        "run", "--rm", "--network", "none", "--env", "TMPDIR=/var/tmp", "--env",
        "PATH=/usr/sbin:/usr/bin",
    ];
    arguments.extend(options.split(' ').filter(|word| !word.is_empty()));
    arguments.extend(["lab", "/lab/lab", "visit"]);
    arguments.extend(flag_sets);
    let (code, text) = docker(lab, &arguments)?;
    match serde_json::from_str::<Result<Visit, NoVisit>>(&text) {
        Ok(Ok(visit)) => Ok(visit),
        Ok(Err(why)) => Err(format!("{why:?}")),
        Err(_) => Err(format!("docker run: exit {code}: {}", text.lines().next().unwrap_or(""))),
    }
}

/// Looks at one container, and at those that its remedies ask for.
pub fn run(lab: &Lab, container: &Container) -> Found {
    let mut found = Found::default();
    match start(lab).and_then(|()| visit(lab, container.options, &FLAGS.map(|(_, flags)| flags))) {
        Ok(visit) => found.visit = Some(visit),
        Err(why) => found.results.wrong(format!("{}: {why}", container.name)),
    }
    found.remedied(|seen| remedied(lab, container, seen))
}

/// Starts the container again with the options of the cheapest remedy, and asks the real command
/// with its flags.
fn remedied(lab: &Lab, container: &Container, seen: &Seen) -> Remedied {
    let Some(cheapest) = seen.probed.remedies.first() else { return Remedied::NonePrinted };
    let id = cheapest.id.clone();
    let line = cheapest
        .commands
        .iter()
        .find_map(|line| line.strip_prefix("docker run ")?.strip_suffix(" IMAGE"));
    let flags = cheapest.commands.iter().find_map(|line| variants::flags_of(line));
    if line.is_none() && flags.is_none() {
        return Remedied::NotApplied(
            id,
            format!("no line for docker run: {:?}", cheapest.commands),
        );
    }
    let profiles = profiles(lab, &cheapest.commands);
    let mut written = cheapest.commands.iter().filter(|line| line.starts_with("isodoc profile "));
    if let Err(why) = written.try_for_each(|line| write_profile(lab, line, &profiles)) {
        return Remedied::Failed(id, why);
    }
    let line = in_directory(line.unwrap_or(""), &profiles);
    let options = format!("{} {line}", container.options);
    match visit(lab, &options, &[flags.unwrap_or(&seen.flags)]) {
        Ok(visit) if visit.cells[0].truth == Truth::Works => Remedied::Worked(id),
        Ok(visit) => Remedied::Failed(
            id,
            format!("after {:?}: {:?}", cheapest.commands, visit.cells[0].truth),
        ),
        Err(why) => Remedied::Failed(id, why),
    }
}
