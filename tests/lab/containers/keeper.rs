//! Keeps a container engine in namespaces of its own, so that nothing of it outlives the lab.
//!
//! The engine and every container are in one pid namespace: when its first process is killed, the
//! kernel kills them all. Their mounts are in one mount namespace and vanish with it. What they
//! write to `/etc` and `/run` is theirs alone. What is left then are a directory and cgroups, which
//! the keeper removes.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::run::{Lab, remove};
use crate::sys::{self, Built, Skip};

/// A running keeper; what it keeps ends with this value, or with the lab.
pub struct Keeper {
    child: Child,
    log: PathBuf,
}

impl Keeper {
    /// Starts a command in namespaces of its own. `dir` is removed afterwards; what is in its `etc`
    /// lies over `/etc`.
    pub fn start(lab: &Lab, dir: &Path, command: &[OsString]) -> std::io::Result<Self> {
        let log = dir.with_extension("log");
        let mut keeper = Self::command(lab, dir);
        keeper.args(command);
        let output = fs::File::create(&log)?;
        let child =
            keeper.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
        Ok(Self { child, log })
    }

    /// What a command is put behind to run so to its end.
    pub fn command(lab: &Lab, dir: &Path) -> Command {
        let mut keeper = Command::new("/proc/self/exe");
        keeper.arg("keep").arg(&lab.dir).arg(dir);
        lab.environment(&mut keeper);
        keeper
    }

    /// Whether the command has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// What the command wrote so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if !self.has_ended() {
            sys::send_signal(self.child.id(), libc::SIGTERM);
        }
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.log);
    }
}

/// The name of the cgroup for the containers of the lab in this directory.
pub fn cgroup(dir: &Path) -> String {
    dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The keeper's process: runs the command, and cleans up when it or the lab has ended.
pub fn keep(lab: &Path, dir: &Path, command: &[OsString]) -> i32 {
    let awaited = sys::signals(&[libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGCHLD]);
    sys::block(&awaited);
    let before = cgroups();
    let started = sys::ask_to_end_with_parent()
        .and_then(|()| sys::unshare(libc::CLONE_NEWPID))
        .and_then(|()| sys::fork());
    let first = match started {
        Ok(0) => {
            let Skip(why) = match inside(dir, command) {
                Ok(code) => sys::exit(code),
                Err(why) => why,
            };
            eprintln!("lab: {why}");
            sys::exit(1)
        }
        Ok(pid) => pid,
        Err(Skip(why)) => {
            eprintln!("lab: {why}");
            return 1;
        }
    };
    // The parent may have ended before the kernel was told to say so.
    let lab_is_there =
        || fs::read_link("/proc/self/exe").is_ok() && std::os::unix::process::parent_id() != 1;
    if lab_is_there() {
        sys::wait_for_signal(&awaited);
    }
    let by_itself = sys::has_ended(first);
    if !by_itself {
        sys::send_signal(first.unsigned_abs(), libc::SIGKILL);
    }
    let code = sys::wait(first);
    // Everything in the pid namespace is dead now, and so the mount namespace is gone.
    let _ = fs::remove_dir_all(dir);
    for cgroup in cgroups().iter().filter(|path| !before.contains(path)) {
        remove_cgroup(cgroup);
    }
    let interrupted = !lab_is_there();
    if interrupted {
        remove(lab, 0);
    }
    code
}

/// The first process of the pid namespace: makes the mounts, starts the command and reaps orphans.
fn inside(dir: &Path, command: &[OsString]) -> Built<i32> {
    sys::die_with_parent()?;
    sys::block(&sys::signals(&[]));
    sys::unshare(libc::CLONE_NEWNS)?;
    sys::mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
    sys::mount("proc", "/proc", "proc", libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC, "")?;
    sys::mount("tmpfs", "/run", "tmpfs", libc::MS_NOSUID | libc::MS_NODEV, "mode=755")?;
    let [etc, work, data] = ["etc", "work", "data"].map(|name| dir.join(name));
    for dir in [&etc, &work, &data] {
        fs::create_dir_all(dir).map_err(|e| Skip(format!("{}: {e}", dir.display())))?;
    }
    // In memory: the vfs driver copies the image for each container.
    sys::mount("tmpfs", &data, "tmpfs", 0, "mode=711")?;
    let layers = format!("lowerdir=/etc,upperdir={},workdir={}", etc.display(), work.display());
    sys::mount("overlay", "/etc", "overlay", 0, &layers)?;
    match sys::fork()? {
        0 => Err(Skip(format!(
            "{}: {}",
            command[0].display(),
            Command::new(&command[0]).args(&command[1..]).exec()
        ))),
        pid => Ok(sys::wait_among_others(pid)),
    }
}

/// The cgroups at the top of each hierarchy.
fn cgroups() -> Vec<PathBuf> {
    let inside =
        |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    inside(Path::new("/sys/fs/cgroup"))
        .chain(inside(Path::new("/sys/fs/cgroup")).flat_map(|dir| inside(&dir)))
        .filter(|p| p.is_dir())
        .collect()
}

/// Removes an empty cgroup of the lab or of its engines and those in it.
fn remove_cgroup(dir: &Path) {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    if !(name.starts_with("isodoc-lab-")
        || ["docker", "libpod_parent", "libpod", "conmon", "k8s.io"].contains(&&*name)
        || name.starts_with("runsc-"))
    {
        return;
    }
    rmdir(dir);
}

fn rmdir(dir: &Path) {
    for entry in fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
    {
        rmdir(&entry.path());
    }
    let _ = fs::remove_dir(dir);
}
