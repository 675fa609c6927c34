//! Where podman keeps its containers and what runs, for whoever is not root, and where nsjail
//! builds its new root: whether they can write there. Only what access(2) and stat(2) tell; nothing
//! is made.
//!
//! Source: containers/podman, pkg/util/utils_supported.go (`GetRuntimeDir`); containers/storage,
//! pkg/homedir; each case seen with podman 4.3.1.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

/// Whether what podman keeps for good can be written.
pub(crate) fn storage() -> Result<(), Errno> {
    let home = home().and_then(|home| errno(home.canonicalize()))?;
    let settings = home.join(".config/containers/storage.conf");
    match errno(settings.metadata()) {
        Err(Errno::NOENT | Errno::NOTDIR) | Ok(_) => {}
        Err(error) => return Err(error),
    }
    let data = directory("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"));
    writable(&data.join("containers/storage/libpod"))
}

/// Whether the working directory can be found and entered.
pub(crate) fn working_dir() -> Result<(), Errno> {
    access(own_path()?, Access::EXEC_OK)
}

/// The path of the working directory.
pub(super) fn own_path() -> Result<PathBuf, Errno> {
    errno(std::env::current_dir())
}

fn temporary() -> PathBuf {
    directory("TMPDIR").unwrap_or_else(|| "/tmp".into())
}

/// Whether something can be made in the directory for what does not last.
pub(super) fn temporary_writable() -> Result<(), Errno> {
    access(temporary(), Access::WRITE_OK | Access::EXEC_OK)
}

/// Whether what podman keeps of what runs can be written.
pub(crate) fn run_dir() -> Result<(), Errno> {
    // What is not there, or out of reach, is passed over.
    if let Some((given, meta)) = directory("XDG_RUNTIME_DIR").and_then(|dir| {
        let meta = dir.metadata().ok()?;
        Some((dir, meta))
    }) {
        let own = meta.uid() == uid();
        return if own { writable(&given.join("libpod")) } else { Err(Errno::PERM) };
    }
    let of_user = Path::new("/run/user").join(uid().to_string());
    let temporary = temporary().join(format!("podman-run-{}", uid()));
    // The first that is its own or can be made is taken, whether or not it can be written.
    for dir in [of_user, temporary] {
        match dir.metadata() {
            Ok(meta) if meta.uid() == uid() && meta.mode() & 0o700 == 0o700 => {
                return writable(&dir.join("libpod"));
            }
            Err(_) if writable(&dir).is_ok() => return Ok(()),
            Ok(_) | Err(_) => {}
        }
    }
    // It makes what is in this one, and not the directory itself.
    access(home()?.join("rundir"), Access::WRITE_OK)
}

/// Where nsjail would make the directory of its new root, or has it: a directory that is there.
///
/// Source: google/nsjail, mnt.cc (`findWorkDir`).
pub(super) fn for_new_root(uid: u32) -> Option<PathBuf> {
    let name = format!("nsjail.{uid}.root");
    let mut dirs = vec![
        Path::new("/run/user").join(uid.to_string()).join("nsjail/root"),
        Path::new("/run/user").join(&name),
        Path::new("/tmp").join(&name),
        Path::new("/dev/shm").join(&name),
    ];
    // It takes this one as it is.
    if let Some(given) = std::env::var_os("TMPDIR") {
        dirs.insert(3, Path::new(&given).join(&name));
    }
    let found = dirs.iter().find_map(|dir| can_be_made(dir));
    let found = found.or_else(|| dirs_of_root().find(|dir| can_make_in(dir)));
    // Below what is mounted on `/` nobody would come, and any directory will do.
    let root = |dir: &PathBuf| dir.as_os_str() == "/";
    if found.as_ref().is_some_and(root) { dirs_of_root().next() } else { found }
}

/// The directory in which it is, or which is the first that is there on the way to it; the last two
/// names are made if need be.
fn can_be_made(dir: &Path) -> Option<PathBuf> {
    let there = dir.ancestors().take(3).find(|dir| dir.symlink_metadata().is_ok())?;
    let own = there == dir;
    let works = if own {
        there.is_dir() && access(there, Access::READ_OK).is_ok()
    } else {
        can_make_in(there)
    };
    works.then(|| there.to_owned())
}

fn can_make_in(dir: &Path) -> bool {
    dir.is_dir() && access(dir, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// The directories in `/`, but for that of procfs.
pub(super) fn dirs_of_root() -> impl Iterator<Item = PathBuf> {
    let all = std::fs::read_dir("/").into_iter().flatten().flatten();
    all.map(|entry| entry.path()).filter(|path| path.is_dir() && !path.ends_with("proc"))
}

/// The error that keeps it from writing there, or from making what is not there yet.
pub(super) fn writable(path: &Path) -> Result<(), Errno> {
    let mut met = path.ancestors().map(|dir| access(dir, Access::WRITE_OK));
    met.find(|met| *met != Err(Errno::NOENT)).unwrap_or(Ok(()))
}

fn home() -> Result<PathBuf, Errno> {
    match std::env::var_os("HOME").filter(|home| !home.is_empty()) {
        Some(home) => Ok(home.into()),
        None => home_of_account().ok_or(Errno::NOENT),
    }
}

/// As passwd(5) has it, in its sixth field.
fn home_of_account() -> Option<PathBuf> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':').skip(2);
        let own = fields.next()?.parse() == Ok(uid());
        fields.nth(2).filter(|home| own && !home.is_empty()).map(PathBuf::from)
    })
}

fn directory(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|dir| dir.is_absolute())
}

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn errno<T>(result: std::io::Result<T>) -> Result<T, Errno> {
    result.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}
