//! Runs commands in environments, and looks for what they leave behind.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::cell::{Ran, Spot};
use crate::remedies::{self, Repair};
use crate::room::{SKIP_MARK, SKIP_STATUS, find};
use crate::said::Said;
use crate::sys;

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory that everybody can read, with isodoc in it; gone when this value is.
pub struct Lab {
    /// The directory.
    pub dir: PathBuf,
    /// isodoc, where everybody can execute it.
    pub isodoc: PathBuf,
}

/// isodoc as it was built: beside this program, where there is one, else where Cargo has it.
pub fn built() -> PathBuf {
    // Where /proc is missing, the name that this program was started by has to do.
    let own = std::env::current_exe()
        .unwrap_or_else(|_| std::env::args_os().next().unwrap_or_default().into());
    let beside = own.with_file_name("isodoc");
    if beside.is_file() { beside } else { env!("CARGO_BIN_EXE_isodoc").into() }
}

impl Lab {
    /// Sets the lab up.
    pub fn new() -> std::io::Result<Self> {
        let dir = std::env::temp_dir().join(format!("isodoc-lab-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o755).create(&dir)?;
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755))?;
        let isodoc = dir.join("isodoc");
        fs::copy(built(), &isodoc)?;
        fs::set_permissions(&isodoc, fs::Permissions::from_mode(0o755))?;
        Ok(Self { dir, isodoc })
    }

    /// What stays between runs: kernels, images and results. `setup` fills it.
    pub fn cache() -> PathBuf {
        std::env::var_os("ISODOC_LAB_CACHE")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/lab"), PathBuf::from)
    }

    /// A command in the room that a recipe describes.
    pub fn command<A: AsRef<OsStr>>(
        &self,
        recipe: &str,
        command: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut room = Command::new("/proc/self/exe");
        room.arg("room").arg(&self.dir).arg(recipe).args(command);
        self.environment(&mut room);
        room
    }

    /// The environment variables of every command of the lab: none that changes what isodoc or
    /// unshare(1) does.
    pub fn environment(&self, command: &mut Command) {
        let mut path = OsString::from(&self.dir);
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        command.env("PATH", path).env("LC_ALL", "C");
        // Podman looks into both: a home that is anybody's, and a directory of its own making.
        command.env("HOME", std::env::temp_dir()).env_remove("XDG_RUNTIME_DIR");
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if [
                "LANGUAGE", "LD_PRELOAD", "CLICOLOR_FORCE", "UNSHARE", "NSJAIL", "DISABLE_N",
                "DOCKER", "ISODOC",
            ]
            .iter()
            .any(|p| name.starts_with(p))
            {
                command.env_remove(&*name);
            }
        }
    }

    /// The room that a recipe describes, made anew for each command.
    pub fn room<'lab>(&'lab self, recipe: &'lab str) -> Room<'lab> {
        Room { lab: self, recipe, repair: None }
    }

    /// Runs a command to its end, or kills it after a minute.
    pub fn run(&self, command: Command) -> Ran {
        self.run_for(command, PATIENCE)
    }

    /// Runs a command to its end, or kills it after this time.
    pub fn run_for(&self, mut command: Command, patience: Duration) -> Ran {
        // Files, not pipes: a process that is left behind would keep a pipe open, and the test
        // waiting.
        let (out, err) = (self.unused("stdout"), self.unused("stderr"));
        let file = |path: &Path| fs::File::create(path).expect("a file of the lab");
        let spawned = command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err)).spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(e) => return Ran::Skipped(format!("{}: {e}", command.get_program().display())),
        };
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && child.try_wait().is_ok_and(|status| status.is_none()) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        let status = child.wait().expect("a child");
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        let (out, err) = (take(&out), take(&err));
        match err.strip_prefix(SKIP_MARK) {
            Some(why) if code == SKIP_STATUS => Ran::Skipped(why.trim().to_owned()),
            _ => Ran::Ended { code, stdout: out, stderr: err.trim().to_owned() },
        }
    }

    /// What the prediction says elsewhere: here, from the snapshot that was taken on a spot.
    pub fn offline(&self, snapshot: &str, flags: &str) -> Result<Said, String> {
        let file = self.unused("snapshot");
        fs::write(&file, snapshot).map_err(|e| e.to_string())?;
        let mut command = Command::new(&self.isodoc);
        command
            .args([
                "check", "--no-probe", "--format", "json", "--require", "unshare", "--flags",
                flags, "--snapshot",
            ])
            .arg(&file);
        self.environment(&mut command);
        let ran = self.run(command);
        let _ = fs::remove_file(file);
        match ran {
            Ran::Ended { code, stdout, stderr } => Said::of(code, &stdout, &stderr),
            Ran::Skipped(why) => Err(why),
        }
    }

    /// A path in the lab's directory that nothing else uses.
    pub fn unused(&self, name: &str) -> PathBuf {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        self.dir.join(format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed)))
    }
}

/// A room as a spot.
pub struct Room<'lab> {
    pub lab: &'lab Lab,
    recipe: &'lab str,
    repair: Option<String>,
}

impl Room<'_> {
    /// The same, with a remedy carried out in it.
    pub fn repaired(self, repair: &Repair) -> Self {
        Self { repair: serde_json::to_string(repair).ok(), ..self }
    }
}

impl Room<'_> {
    /// What runs a command in it.
    pub fn command(&self, command: &[&str]) -> Command {
        // By path: a room may have another `PATH`.
        let program =
            if command[0] == "isodoc" { Some(self.lab.isodoc.clone()) } else { find(command[0]) };
        let program = program.map_or_else(|| command[0].into(), PathBuf::into_os_string);
        let arguments = command[1..].iter().map(OsString::from);
        let mut room = self.lab.command(self.recipe, [program].into_iter().chain(arguments));
        if let Some(repair) = &self.repair {
            room.env(remedies::VARIABLE, repair);
        }
        room
    }
}

impl Spot for Room<'_> {
    fn run(&self, command: &[&str]) -> Ran {
        self.lab.run(self.command(command))
    }
}

/// The spot where this process itself is.
pub struct Here<'lab>(pub &'lab Lab);

impl Spot for Here<'_> {
    fn run(&self, command: &[&str]) -> Ran {
        let mut here = Command::new(command[0]);
        here.args(&command[1..]);
        self.0.environment(&mut here);
        self.0.run(here)
    }
}

impl Drop for Lab {
    /// Removes files and empty directories only: were a mount to be left, nothing on it may be
    /// lost.
    fn drop(&mut self) {
        remove(&self.dir, 0);
    }
}

/// Removes a directory of the lab as far as that loses nothing: files, and empty directories.
pub fn remove(dir: &Path, depth: u32) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth == 0 { remove(&entry.path(), 1) } else { drop(fs::remove_dir(entry.path())) }
        } else {
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(dir);
}

/// Reads a file and removes it.
fn take(path: &Path) -> String {
    let text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let _ = fs::remove_file(path);
    text
}

/// Waits for the orphans that were handed to us; `false` when one is still alive after a while, and
/// is ended then.
pub fn no_process_left() -> bool {
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        match sys::reap() {
            None => return true,
            Some(true) => {}
            Some(false) if Instant::now() > deadline => {
                end_orphans();
                return false;
            }
            Some(false) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Kills our children, for nobody else will end them.
fn end_orphans() {
    let children = fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id()))
        .unwrap_or_default();
    for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
        let _ = sys::kill(child);
        sys::wait(child);
    }
}

/// Does something again, at most so many times and after this pause, for as long as its answer is
/// bad luck.
pub fn again_while<T>(
    tries: u32,
    pause: Duration,
    unlucky: impl Fn(&T) -> bool,
    mut once: impl FnMut() -> T,
) -> T {
    let mut answer = once();
    for _ in 0..tries {
        if !unlucky(&answer) {
            break;
        }
        std::thread::sleep(pause);
        answer = once();
    }
    answer
}
