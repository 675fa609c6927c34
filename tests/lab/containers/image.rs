//! The image of the containers: a small Debian, made by debootstrap from the archive that this
//! machine uses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::Lab;

/// What the image has beyond what Debian requires: newuidmap(1), and a sandbox for use inside a
/// container.
const PACKAGES: &str = "uidmap,bubblewrap";

/// What no cell needs. The vfs driver copies the whole image for each container.
const LEFT_OUT: &[&str] = &[
    "usr/lib/*-linux-*/gconv", "usr/lib/*-linux-*/perl-base", "usr/lib/apt",
    "usr/share/bash-completion", "usr/share/doc", "usr/share/info", "usr/share/keyrings",
    "usr/share/locale", "usr/share/man", "usr/share/perl5", "usr/share/zoneinfo", "var/cache",
    "var/lib/apt", "var/lib/dpkg/info", "var/log",
];

/// Where the image is kept between runs.
pub fn file() -> PathBuf {
    Lab::cache().join("image.tar")
}

/// The image, where it was made already.
pub fn find() -> Result<PathBuf, String> {
    let file = file();
    if file.is_file() { Ok(file) } else { Err("no image: tests/lab/setup makes it".into()) }
}

/// Makes the image, unless it is there. Needs root, debootstrap and the archive.
pub fn make() -> Result<(), String> {
    let file = file();
    if file.is_file() {
        return Ok(());
    }
    let cache = Lab::cache();
    let root = cache.join("image.root");
    fs::create_dir_all(&cache).map_err(|e| format!("{}: {e}", cache.display()))?;
    let made = debootstrap(&root).and_then(|()| archive(&root, &file));
    let _ = fs::remove_dir_all(&root);
    made
}

fn debootstrap(root: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(root);
    let release =
        fs::read_to_string("/etc/os-release").map_err(|e| format!("/etc/os-release: {e}"))?;
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .ok_or("/etc/os-release names no release")?;
    let of_release = format!("Codename: {codename}");
    let uris =
        output(Command::new("apt-get").args([
            "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", &of_release,
        ]))?;
    let uri = uris.lines().next().ok_or("apt knows no archive of this release")?;
    let include = format!("--include={PACKAGES}");
    output(
        Command::new("debootstrap")
            .args(["--variant=minbase", &include, codename])
            .arg(root)
            .arg(uri),
    )
    .map(drop)
}

fn archive(root: &Path, file: &Path) -> Result<(), String> {
    let part = file.with_extension("part");
    let mut tar = Command::new("tar");
    tar.args(["--numeric-owner", "--wildcards"])
        .args(LEFT_OUT.iter().map(|path| format!("--exclude=./{path}")));
    output(tar.arg("-C").arg(root).arg("-cf").arg(&part).arg("."))?;
    fs::rename(&part, file).map_err(|e| format!("{}: {e}", file.display()))
}

/// Runs a program to its end and gives what it writes.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().display().to_string();
    let output = command.env("LC_ALL", "C").output().map_err(|e| format!("{name}: {e}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(format!(
            "{name}: {}: {}{}",
            output.status,
            text(&output.stderr),
            text(&output.stdout).lines().last().unwrap_or("")
        )),
    }
}
