//! Fetches Debian's kernels, the AppArmor tools that know every rule that those kernels do, and a
//! docker-compose of today.
//!
//! apt-get does it, with sources, lists and a cache of its own below [`Lab::cache`]: nothing of the
//! machine's apt changes. The archive is the one that the machine's apt is configured with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::architecture::Architecture;
use super::{LINES, Line};
use crate::run::Lab;

/// The suite whose AppArmor tools the guests have: 4.1, which knows the rule `userns`.
const TOOLS_SUITE: &str = "trixie";

/// The AppArmor tools, with the C library that they were linked with: this machine's may be older.
const TOOLS: &[&str] = &["apparmor", "libc6", "libstdc++6", "libgcc-s1"];

/// Where what was fetched of a suite is.
fn directory(suite: &str, of: &Architecture) -> PathBuf {
    let other = if of.is_own() { String::new() } else { format!("-{}", of.debian) };
    Lab::cache().join("kernels").join(format!("{suite}{other}"))
}

/// The kernel of a line, where it was fetched.
pub fn kernel(line: &Line) -> Option<PathBuf> {
    Some(directory(line.suite, line.architecture).join("vmlinuz")).filter(|file| file.is_file())
}

/// The unpacked AppArmor tools, where they were fetched.
pub fn tools(of: &Architecture) -> Option<PathBuf> {
    Some(directory(TOOLS_SUITE, of).join("tools")).filter(|dir| dir.is_dir())
}

/// The programs of a guest whose processor is not this machine's, where they were fetched.
pub fn root(of: &Architecture) -> Option<PathBuf> {
    Some(directory(TOOLS_SUITE, of).join("root")).filter(|dir| dir.is_dir())
}

/// The program of the package docker-compose. Debian 12 has version 1, which knows no `systempaths`
/// and is no longer made.
const COMPOSE: &str = "usr/libexec/docker/cli-plugins/docker-compose";

/// docker-compose, where it was fetched.
pub fn compose() -> Option<PathBuf> {
    let dir = directory(TOOLS_SUITE, Architecture::own());
    Some(dir.join("compose").join(COMPOSE)).filter(|file| file.is_file())
}

/// Fetches what is not there yet, and says what it does.
pub fn all() -> Result<(), String> {
    for line in LINES {
        if kernel(line).is_none() {
            println!("fetching the kernel of {}", line.name());
            let apt = Apt::new(line.suite, line.architecture)?;
            fetch_kernel(&apt, line.architecture)?;
        }
        of_guests(line.architecture)?;
    }
    if compose().is_none() {
        println!("fetching docker-compose of {TOOLS_SUITE}");
        let apt = Apt::new(TOOLS_SUITE, Architecture::own())?;
        let unpacked = apt.dir.join("compose.new");
        let _ = fs::remove_dir_all(&unpacked);
        unpack(&apt.download("docker-compose")?, &unpacked)?;
        fs::rename(&unpacked, apt.dir.join("compose")).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// The programs of guests that are not there yet.
fn of_guests(of: &Architecture) -> Result<(), String> {
    if tools(of).is_none() {
        println!("fetching the AppArmor tools of {TOOLS_SUITE} for {}", of.debian);
        let apt = Apt::new(TOOLS_SUITE, of)?;
        let unpacked = apt.dir.join("tools.new");
        let _ = fs::remove_dir_all(&unpacked);
        for package in TOOLS {
            unpack(&apt.download(package)?, &unpacked)?;
        }
        fs::rename(&unpacked, apt.dir.join("tools")).map_err(|e| e.to_string())?;
    }
    if !of.is_own() && root(of).is_none() {
        println!("fetching programs of {TOOLS_SUITE} for {}", of.debian);
        let dir = directory(TOOLS_SUITE, of);
        let new = dir.join("root.new");
        let _ = fs::remove_dir_all(&new);
        // Unpacked, and nothing of it run: it is for another processor.
        let mut mmdebstrap = Command::new("mmdebstrap");
        mmdebstrap
            .args(["--quiet", "--mode=root", "--variant=extract", "--include", PROGRAMS])
            .args(["--architectures", of.debian, "--aptopt=Acquire::Check-Valid-Until \"false\""])
            .args(["--dpkgopt=path-exclude=/usr/share/*", TOOLS_SUITE])
            .arg(&new)
            .arg(archive()?.replace("SUITE", TOOLS_SUITE));
        output(&mut mmdebstrap)?;
        fs::rename(&new, dir.join("root")).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// The packages of the programs that a guest has of its own.
const PROGRAMS: &str =
    "base-files,util-linux,mount,dash,coreutils,uidmap,busybox-static,bubblewrap";

/// The kernel is in the package that the metapackage depends on, or in one that that one depends
/// on.
fn fetch_kernel(apt: &Apt, of: &Architecture) -> Result<(), String> {
    let mut package = format!("linux-image-cloud-{}", of.debian);
    for _ in 0..3 {
        package = apt.depends(&package, &["linux-image-", "linux-binary-"])?;
        let unpacked = apt.dir.join("unpacked");
        let _ = fs::remove_dir_all(&unpacked);
        unpack(&apt.download(&package)?, &unpacked)?;
        let found = ["boot", "usr/lib/modules"].iter().find_map(|dir| vmlinuz(&unpacked.join(dir)));
        let kept = found.map(|file| fs::rename(file, apt.dir.join("vmlinuz")));
        let _ = fs::remove_dir_all(&unpacked);
        if let Some(kept) = kept {
            return kept.map_err(|e| e.to_string());
        }
    }
    Err(format!("no kernel in {package}"))
}

fn vmlinuz(dir: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(dir).ok()?.flatten().map(|e| e.path());
    entries.into_iter().find_map(|path| {
        let named =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz"));
        if path.is_dir() { vmlinuz(&path) } else { named.then_some(path) }
    })
}

fn unpack(package: &Path, to: &Path) -> Result<(), String> {
    output(Command::new("dpkg-deb").arg("-x").arg(package).arg(to))?;
    fs::remove_file(package).map_err(|e| e.to_string())
}

/// apt for one suite.
struct Apt {
    dir: PathBuf,
    options: Vec<String>,
}

impl Apt {
    fn new(suite: &str, of: &Architecture) -> Result<Self, String> {
        let dir = directory(suite, of);
        for below in ["lists/partial", "archives/partial"] {
            fs::create_dir_all(dir.join(below)).map_err(|e| format!("{}: {e}", dir.display()))?;
        }
        let sources = dir.join("sources.list");
        fs::write(&sources, archive()?.replace("SUITE", suite)).map_err(|e| e.to_string())?;
        let dirs = [
            ("Dir::Etc::sourcelist", sources),
            ("Dir::Etc::sourceparts", "/dev/null".into()),
            ("Dir::State", dir.clone()),
            ("Dir::State::lists", dir.join("lists")),
            ("Dir::State::status", "/var/lib/dpkg/status".into()),
            ("Dir::Cache", dir.clone()),
        ];
        let mut options: Vec<String> =
            dirs.iter().map(|(key, path)| format!("-o{key}={}", path.display())).collect();
        options.extend(["-oAcquire::Languages=none".into(), "-oAPT::Sandbox::User=root".into()]);
        options.push(format!("-oAPT::Architecture={}", of.debian));
        options.push(format!("-oAPT::Architectures={}", of.debian));
        let apt = Self { dir, options };
        output(Command::new("apt-get").args(&apt.options).arg("update"))?;
        Ok(apt)
    }

    /// The first package that this one depends on whose name begins with one of these and goes on
    /// with a version.
    fn depends(&self, package: &str, prefixes: &[&str]) -> Result<String, String> {
        let text =
            output(Command::new("apt-cache").args(&self.options).args(["depends", package]))?;
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
        let versioned = |name: &&str| {
            prefixes.iter().any(|p| {
                name.strip_prefix(p).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
            })
        };
        names
            .into_iter()
            .find(versioned)
            .map(str::to_owned)
            .ok_or_else(|| format!("{package} depends on no kernel: {text}"))
    }

    fn download(&self, package: &str) -> Result<PathBuf, String> {
        output(
            Command::new("apt-get")
                .args(&self.options)
                .args(["download", package])
                .current_dir(&self.dir),
        )?;
        let files = fs::read_dir(&self.dir).map_err(|e| e.to_string())?.flatten().map(|e| e.path());
        let of_package = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&format!("{package}_")))
        };
        files.into_iter().find(of_package).ok_or_else(|| format!("{package} was not downloaded"))
    }
}

/// Debian's keys, where the package debian-archive-keyring has put them.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The line of a sources.list(5) for Debian's archive, by the machine's own configuration.
fn archive() -> Result<String, String> {
    let targets =
        ["--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian"];
    let text = output(Command::new("apt-get").arg("indextargets").args(targets))?;
    let uri = text
        .lines()
        .next()
        .ok_or("this machine's apt does not know Debian's archive; run apt-get update")?;
    let key = if Path::new(KEYS).exists() { format!("[signed-by={KEYS}] ") } else { String::new() };
    Ok(format!("deb {key}{uri} SUITE main\n"))
}

/// What a program prints, where it succeeds.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .env("LC_ALL", "C")
        .output()
        .map_err(|e| format!("{}: {e}", command.get_program().display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let why = || format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    if output.status.success() { Ok(text) } else { Err(why()) }
}
