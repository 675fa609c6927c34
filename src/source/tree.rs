//! A directory tree as a host (`--root`). No symbolic link leads out of it.

use crate::facts::Missing;
use std::path::Path;

#[cfg(not(target_os = "linux"))]
use super::FileKind;
use super::{ReadResult, Source, SourceKind, Stat, max_size};

/// Files below a directory. What is missing was not captured, unless the tree is a whole host.
pub(crate) struct Tree {
    #[cfg(target_os = "linux")]
    root: std::os::fd::OwnedFd,
    #[cfg(not(target_os = "linux"))]
    root: std::path::PathBuf,
    complete: bool,
}

impl Tree {
    /// Opens a directory.
    ///
    /// # Errors
    /// When it cannot be opened as a directory.
    pub(crate) fn open(root: &Path, complete: bool) -> std::io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{Mode, OFlags};
            let root = rustix::fs::open(
                root,
                OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
                Mode::empty(),
            )?;
            Ok(Self { root, complete })
        }
        #[cfg(not(target_os = "linux"))]
        {
            let root = root.canonicalize()?;
            if !root.is_dir() {
                return Err(std::io::Error::new(
                    std::io::ErrorKind::NotADirectory,
                    "not a directory",
                ));
            }
            Ok(Self { root, complete })
        }
    }

    fn silence(&self, missing: Missing) -> Missing {
        if missing == Missing::Absent && !self.complete { Missing::NotProbed } else { missing }
    }
}

/// The variables by which services name themselves: of them, what a captured process had says where
/// it ran. The others are those of the program that copied the files.
fn of_service(name: &str, environ: impl Fn() -> ReadResult<Vec<u8>>) -> ReadResult<String> {
    const SERVICES: &[&str] = &[
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_EXECUTION_ENV",
        "ECS_CONTAINER_METADATA_URI_V4",
        "K_SERVICE",
        "DYNO",
        "KUBERNETES_SERVICE_HOST",
    ];
    if !SERVICES.contains(&name) {
        return Err(Missing::NotProbed);
    }
    let environ = environ()?;
    // What `env` printed, or `tr` made readable, has a variable a line.
    let mut set = environ.split(|byte| matches!(byte, 0 | b'\n')).map(String::from_utf8_lossy);
    set.find_map(|set| set.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        .ok_or(Missing::Absent)
}

#[cfg(target_os = "linux")]
impl Tree {
    /// Opens a path as if the tree were `/` (openat2(2), RESOLVE_IN_ROOT; Linux 5.6).
    fn open_in(&self, path: &str, flags: rustix::fs::OFlags) -> ReadResult<std::fs::File> {
        use rustix::fs::{Mode, ResolveFlags, openat2};
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        // openat2(2) refuses O_PATH beside anything but these; and O_PATH neither blocks nor takes
        // a terminal.
        let flags = if flags.contains(rustix::fs::OFlags::PATH) {
            flags | rustix::fs::OFlags::CLOEXEC
        } else {
            flags | super::live::OPEN
        };
        let relative = path.trim_start_matches('/');
        let relative = if relative.is_empty() { "." } else { relative };
        openat2(&self.root, relative, flags, Mode::empty(), resolve)
            .map(std::fs::File::from)
            .map_err(|e| self.silence(super::live::missing(&e.into())))
    }
}

#[cfg(target_os = "linux")]
impl Source for Tree {
    fn read(&self, path: &str) -> ReadResult<Vec<u8>> {
        super::live::read_all(self.open_in(path, rustix::fs::OFlags::RDONLY)?, max_size(path))
    }

    fn read_link(&self, path: &str) -> ReadResult<String> {
        use rustix::fs::OFlags;
        let link = self.open_in(path, OFlags::PATH | OFlags::NOFOLLOW)?;
        let target = rustix::fs::readlinkat(&link, "", vec![])
            .map_err(|_| Missing::Malformed("not a symbolic link".into()))?;
        Ok(target.to_string_lossy().into_owned())
    }

    fn stat(&self, path: &str) -> ReadResult<Stat> {
        let file = self.open_in(path, rustix::fs::OFlags::PATH)?;
        let meta = file.metadata().map_err(|e| super::live::missing(&e))?;
        // Device and inode are those of this machine, not of the one that was captured.
        Ok(Stat { id: None, ..super::live::stat_of(&meta, false) })
    }

    fn list(&self, path: &str) -> ReadResult<Vec<String>> {
        let dir = self.open_in(path, rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY)?;
        super::live::names_in(dir.into())
    }

    fn env(&self, name: &str) -> ReadResult<String> {
        of_service(name, || self.read("/proc/self/environ"))
    }

    fn kind(&self) -> SourceKind {
        SourceKind::Root
    }

    fn complete(&self) -> bool {
        self.complete
    }
}

/// Elsewhere than on Linux a path is resolved by the standard library and refused when it leads out
/// of the tree.
#[cfg(not(target_os = "linux"))]
impl Tree {
    fn resolve(&self, path: &str) -> ReadResult<std::path::PathBuf> {
        let full = self.root.join(path.trim_start_matches('/'));
        let real = full.canonicalize().map_err(|_| self.silence(Missing::Absent))?;
        if real.starts_with(&self.root) {
            Ok(real)
        } else {
            Err(Missing::Malformed("a link leads out of the tree".into()))
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Source for Tree {
    fn read(&self, path: &str) -> ReadResult<Vec<u8>> {
        let real = self.resolve(path)?;
        let meta = real.metadata().map_err(|_| Missing::Denied)?;
        if !meta.is_file() || meta.len() > max_size(path) {
            return Err(Missing::Malformed("not a regular file of a sensible size".into()));
        }
        std::fs::read(real).map_err(|_| Missing::Denied)
    }

    fn read_link(&self, path: &str) -> ReadResult<String> {
        let full = self.root.join(path.trim_start_matches('/'));
        std::fs::read_link(full)
            .map(|t| t.to_string_lossy().into_owned())
            .map_err(|_| self.silence(Missing::Absent))
    }

    fn stat(&self, path: &str) -> ReadResult<Stat> {
        let meta = self.resolve(path)?.metadata().map_err(|_| Missing::Denied)?;
        let kind = if meta.is_file() { FileKind::File } else { FileKind::Directory };
        Ok(Stat { kind, mode: 0o644, uid: 0, gid: None, file_caps: false, id: None })
    }

    fn list(&self, path: &str) -> ReadResult<Vec<String>> {
        let entries = std::fs::read_dir(self.resolve(path)?).map_err(|_| Missing::Denied)?;
        let mut names: Vec<_> =
            entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(names)
    }

    fn env(&self, name: &str) -> ReadResult<String> {
        of_service(name, || self.read("/proc/self/environ"))
    }

    fn kind(&self) -> SourceKind {
        SourceKind::Root
    }

    fn complete(&self) -> bool {
        self.complete
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_leads_out_and_nothing_hangs() {
        let dir = std::env::temp_dir().join(format!("isodoc-tree-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("etc")).unwrap();
        std::fs::write(dir.join("etc/real"), "inside").unwrap();
        symlink("/etc/real", dir.join("etc/absolute")).unwrap();
        symlink("../../../../etc/passwd", dir.join("etc/out")).unwrap();
        symlink("loop", dir.join("etc/loop")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            dir.join("etc/fifo"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let tree = Tree::open(&dir, false).unwrap();
        assert_eq!(tree.read("/etc/absolute"), Ok(b"inside".to_vec()));
        assert_eq!(tree.read("/etc/out"), Err(Missing::NotProbed));
        assert!(matches!(tree.read("/etc/loop"), Err(Missing::Malformed(_))));
        assert!(matches!(tree.read("/etc/fifo"), Err(Missing::Malformed(_))));
        assert!(matches!(tree.read("/etc"), Err(Missing::Malformed(_))));
        assert_eq!(tree.read_link("/etc/loop"), Ok("loop".into()));
        assert_eq!(tree.list("/etc").unwrap().len(), 5);
        let whole = Tree::open(&dir, true).unwrap();
        assert_eq!(whole.read("/etc/none"), Err(Missing::Absent));
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_captured_process_says_which_service_ran_it() {
        let dir = std::env::temp_dir().join(format!("isodoc-environ-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("proc/self")).unwrap();
        std::fs::write(dir.join("proc/self/environ"), "K_SERVICE=x\0PATH=/opt\0").unwrap();
        let tree = Tree::open(&dir, false).unwrap();
        assert_eq!(tree.env("K_SERVICE"), Ok("x".into()));
        assert_eq!(tree.env("DYNO"), Err(Missing::Absent));
        assert_eq!(tree.env("PATH"), Err(Missing::NotProbed));
        std::fs::write(dir.join("proc/self/environ"), "HOME=/app\nDYNO=web.1\n").unwrap();
        assert_eq!(tree.env("DYNO"), Ok("web.1".into()));
        std::fs::remove_dir_all(&dir).unwrap();
    }

    /// What the whole of a machine says below `--root /` is what the machine says.
    #[test]
    fn kernel_parameters_are_read_whole() {
        let tree = Tree::open(std::path::Path::new("/"), false).unwrap();
        for path in ["/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max", "/proc/meminfo"] {
            let Ok(real) = std::fs::read(path) else { continue };
            let read = tree.read(path).unwrap();
            // Its figures change from moment to moment.
            assert_eq!(
                read.iter().filter(|b| **b == b'\n').count(),
                real.iter().filter(|b| **b == b'\n').count(),
                "{path}"
            );
            assert!(path.ends_with("meminfo") || read == real, "{path}");
        }
    }
}
