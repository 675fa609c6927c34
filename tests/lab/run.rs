//! Runs commands in environments, and looks for what they leave behind.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Environment, SKIP_MARK, SKIP_STATUS, room, sys};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory that everybody can read, with isodoc in it; gone when this value is.
pub struct Lab {
    /// The directory.
    pub dir: PathBuf,
    /// isodoc, where everybody can execute it.
    pub isodoc: PathBuf,
}

/// What came of a command.
pub enum Ran {
    /// The environment cannot be built here.
    Skipped(String),
    /// It ended.
    Ended {
        /// Its exit code, or 128 and the signal.
        code: i32,
        /// Its standard output.
        stdout: String,
        /// Its standard error.
        stderr: String,
    },
}

impl Lab {
    /// Sets the lab up.
    pub fn new() -> std::io::Result<Self> {
        let dir = std::env::temp_dir().join(format!("isodoc-lab-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o755).create(&dir)?;
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755))?;
        let isodoc = dir.join("isodoc");
        fs::copy(env!("CARGO_BIN_EXE_isodoc"), &isodoc)?;
        fs::set_permissions(&isodoc, fs::Permissions::from_mode(0o755))?;
        Ok(Self { dir, isodoc })
    }

    /// A command in an environment. The room finds the lab by its second argument.
    pub fn command<A: AsRef<OsStr>>(&self, environment: &Environment, command: impl IntoIterator<Item = A>) -> Command {
        let mut room = Command::new("/proc/self/exe");
        room.arg("room").arg(&self.dir).arg(environment.name).args(command);
        let mut path = OsString::from(&self.dir);
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        room.env("PATH", path).env("LC_ALL", "C");
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if ["LANGUAGE", "LD_PRELOAD", "CLICOLOR_FORCE", "UNSHARE", "NSJAIL", "DISABLE_N", "DOCKER", "ISODOC"]
                .iter()
                .any(|p| name.starts_with(p))
            {
                room.env_remove(&*name);
            }
        }
        room
    }

    /// Runs a command in an environment to its end.
    pub fn run<A: AsRef<OsStr>>(&self, environment: &Environment, command: impl IntoIterator<Item = A>) -> Ran {
        let mut command = self.command(environment, command);
        // Files, not pipes: a process that is left behind would keep a pipe open, and the test waiting.
        let (out, err) = (self.dir.join("stdout"), self.dir.join("stderr"));
        let file = |path: &Path| fs::File::create(path).expect("a file of the lab");
        let mut child = command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err)).spawn().expect("a room");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && child.try_wait().is_ok_and(|status| status.is_none()) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        let status = child.wait().expect("a child");
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        let (out, err) = (read(&out), read(&err));
        match err.strip_prefix(SKIP_MARK) {
            Some(why) if code == SKIP_STATUS => Ran::Skipped(why.trim().to_owned()),
            _ => Ran::Ended { code, stdout: out, stderr: err.trim().to_owned() },
        }
    }
}

impl Drop for Lab {
    /// Removes files and empty directories only: were a mount to be left, nothing on it may be lost.
    fn drop(&mut self) {
        remove(&self.dir, 0);
    }
}

fn remove(dir: &Path, depth: u32) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth == 0 { remove(&entry.path(), 1) } else { drop(fs::remove_dir(entry.path())) }
        } else {
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(dir);
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

/// What must be the same before and after.
#[derive(PartialEq, Eq)]
pub struct Traces {
    mounts: String,
    namespaces: Vec<OsString>,
}

impl Traces {
    /// Looks now.
    pub fn now() -> Self {
        let links = fs::read_dir("/proc/self/ns").into_iter().flatten().flatten().filter_map(|e| fs::read_link(e.path()).ok());
        let mut namespaces: Vec<OsString> = links.map(Into::into).collect();
        namespaces.sort();
        Self { mounts: fs::read_to_string("/proc/self/mountinfo").unwrap_or_default(), namespaces }
    }

    /// What is different now.
    pub fn left_behind(&self) -> Vec<String> {
        let now = Self::now();
        let mut left = vec![];
        for line in now.mounts.lines().filter(|line| !self.mounts.contains(line)) {
            left.push(format!("a mount: {line}"));
        }
        if self.namespaces != now.namespaces {
            left.push("the test is in another namespace than before".into());
        }
        left
    }
}

/// Waits for the orphans that were handed to us; `false` when one is still alive after a while.
pub fn no_process_left() -> bool {
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        match sys::reap() {
            None => return true,
            Some(true) => {}
            Some(false) if Instant::now() > deadline => return false,
            Some(false) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Whether this kernel is as new as an environment asks.
pub fn new_enough(environment: &Environment) -> bool {
    room::kernel() >= environment.since
}
