//! The engines of today: a root of Debian's unstable release, in which the lab runs a part again.
//!
//! The lab is started in there as it is, with its image and isodoc where they are outside; what is
//! in `PATH` then are the engines of today. It is entered by pivot_root(2), for chroot(2) is a
//! cause of its own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::command::words;
use crate::containers::image;
use crate::results::{Collected, Results};
use crate::run::{Lab, built};
use crate::sys::{self, Built, Skip};
use crate::traces::Traces;
use crate::{cell, containers, mounts, workloads};

/// The release.
const SUITE: &str = "sid";

/// What is in the root: engines, what they start, and what speaks with containerd.
const PACKAGES: &str = "docker.io,docker-cli,docker-compose,containerd,runc,crun,podman,catatonit,\
    bubblewrap,runsc,systemd-container,util-linux,mount,uidmap,busybox-static,iptables,procps,\
    ca-certificates,passwd,jq,python3-grpcio,python3-grpc-tools,python3-yaml";

/// A package of which only the description of CRI is taken: it needs half of Go.
const CRI: &str = "golang-k8s-cri-api-dev";

/// How long a part may take.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);

/// A part of the lab that is run in there.
type Part = (&'static str, fn(&Lab, &[&str], &mut Collected));

const PARTS: &[Part] = &[("containers", containers::run_here), ("workloads", workloads::run_today)];

/// Where the root is kept between runs.
fn root() -> PathBuf {
    Lab::cache().join("today")
}

/// Whether this is the lab inside it.
pub fn is_here() -> bool {
    Path::new(HERE).exists()
}

/// What marks the root.
const HERE: &str = "/etc/isodoc-lab";

/// Makes the root, unless it is there. Needs root, mmdebstrap and the archive.
pub fn make() -> Result<(), String> {
    let root = root();
    if root.join("etc/isodoc-lab").is_file() {
        return Ok(());
    }
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(Lab::cache()).map_err(|e| format!("{}: {e}", root.display()))?;
    let unpack = format!(
        "chroot \"$1\" sh -ec 'cd /tmp; apt-get download {CRI}; dpkg -x {CRI}_*.deb /; rm {CRI}_*.deb'"
    );
    let mut command = Command::new("mmdebstrap");
    command
        .args(["--variant=apt", "--include", PACKAGES, "--customize-hook", &unpack])
        // An archive that is kept as it was says that it has expired.
        .args(["--aptopt", "Acquire::Check-Valid-Until \"false\""])
        .args(["--aptopt", "APT::Install-Recommends \"false\""])
        .args(
            ["doc", "man", "locale"].iter().flat_map(|name| {
                ["--dpkgopt".to_owned(), format!("path-exclude=/usr/share/{name}/*")]
            }),
        )
        .arg(SUITE)
        .arg(&root);
    image::output(&mut command)?;
    fs::write(root.join("etc/isodoc-lab"), "The lab of isodoc.\n").map_err(|e| e.to_string())
}

/// Runs a part in there and gives its columns.
pub fn run(lab: &Lab, part: &str, filters: &[&str], found: &mut Collected) {
    let before = Traces::now();
    let all = if root().join("etc/isodoc-lab").is_file() {
        inner(lab, part, filters).unwrap_or_else(|why| {
            let mut results = Results::new(part, "today");
            results.wrong(why);
            vec![results]
        })
    } else {
        vec![Results::skipped(
            part,
            "engines of today",
            "no root of today: tests/lab/setup makes it",
        )]
    };
    found.add_all(all, &before, "the root of today");
}

fn inner(lab: &Lab, part: &str, filters: &[&str]) -> Result<Vec<Results>, String> {
    let mut command = Command::new("/proc/self/exe");
    command.arg("today").arg(part).args(filters);
    lab.environment(&mut command);
    command.env("ISODOC_LAB_CACHE", Lab::cache());
    match lab.run_for(command, PATIENCE) {
        cell::Ran::Ended { code: 0, stdout, .. } => {
            let last = stdout.lines().last().unwrap_or_default();
            serde_json::from_str(last).map_err(|e| format!("{part} of today: {e}: {last:.200}"))
        }
        other => Err(format!("{part} of today: {other:?}")),
    }
}

/// What the lab does with that word: enters, runs the part, and writes its columns as JSON.
pub fn inside(args: &[OsString]) -> i32 {
    let words = words(args);
    let [part, filters @ ..] = &words[..] else { return 2 };
    let Some((_, run)) = PARTS.iter().find(|(name, _)| name == part) else { return 2 };
    if let Err(Skip(why)) = enter(&root()) {
        eprintln!("lab: {why}");
        return 1;
    }
    let mut found = Collected::new(false);
    let made = mounts::with_lab(|lab| run(lab, filters, &mut found));
    if let Err(why) = made {
        eprintln!("lab: {why}");
        return 1;
    }
    println!("{}", serde_json::to_string(&found.all).expect("JSON"));
    0
}

/// Makes the root of today that of this process, in mounts of its own.
fn enter(root: &Path) -> Built {
    sys::die_with_parent()?;
    sys::unshare(libc::CLONE_NEWNS)?;
    sys::mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
    sys::mount(root, root, "", libc::MS_BIND, "")?;
    let isodoc = built();
    let program = std::env::current_exe().map_err(|e| Skip(format!("/proc/self/exe: {e}")))?;
    let own = [&program, &isodoc].into_iter().filter_map(|path| path.parent());
    // The files of the machine stay where they are: programs, the image, the lab's directory.
    for dir in own.map(Path::to_path_buf).chain([Lab::cache(), std::env::temp_dir()]) {
        let there = root.join(dir.strip_prefix("/").unwrap_or(&dir));
        fs::create_dir_all(&there).map_err(|e| Skip(format!("{}: {e}", there.display())))?;
        sys::mount(&dir, &there, "", libc::MS_BIND, "")?;
    }
    for dir in ["proc", "sys", "dev"] {
        let from = Path::new("/").join(dir);
        sys::mount(&from, root.join(dir), "", libc::MS_BIND | libc::MS_REC, "")?;
    }
    sys::mount("tmpfs", root.join("run"), "tmpfs", libc::MS_NOSUID | libc::MS_NODEV, "mode=755")?;
    sys::pivot_root(root)
}
