//! The host isodoc runs on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use rustix::buffer::spare_capacity;
use rustix::fs::{CWD, Dir, Mode, OFlags, openat};
use rustix::io::Errno as Raw;

use super::{ReadResult, Source, SourceKind, Stat, max_size, sysctl};
use crate::errno::Errno;
use crate::facts::{FileKind, Missing, Question};
use crate::sys;

/// Reads the files of this host and asks its kernel.
#[derive(Default)]
pub(crate) struct Live {
    /// The names in directories that many things are looked for in.
    listed: RefCell<BTreeMap<String, Vec<String>>>,
    /// The directories that many things are looked for in.
    expected: RefCell<Vec<(u64, u64)>>,
}

/// What an I/O error says of a path.
pub(super) fn missing(error: &std::io::Error) -> Missing {
    match error.raw_os_error().map(Raw::from_raw_os_error) {
        Some(Raw::NOENT | Raw::NOTDIR | Raw::SRCH) => Missing::Absent,
        Some(Raw::ACCESS | Raw::PERM) => Missing::Denied,
        Some(Raw::LOOP) => Missing::Malformed("a loop of symbolic links".into()),
        // A file of procfs or sysfs that answers so is there and holds nothing for us.
        Some(Raw::INVAL | Raw::OPNOTSUPP | Raw::NODEV) => Missing::Unsupported,
        _ => Missing::Malformed(error.to_string()),
    }
}

/// Opens a directory to read the names in it.
pub(super) fn open_dir(path: &str) -> ReadResult<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty()).map_err(|e| missing(&e.into()))
}

/// The names in a directory, in their order. (The standard library panics where close(2) fails.)
pub(super) fn names_in(dir: OwnedFd) -> ReadResult<Vec<String>> {
    let entries = Dir::new(dir).map_err(|e| missing(&e.into()))?;
    let names = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|n| n != "." && n != "..").collect();
    names.sort();
    Ok(names)
}

/// Reads an open file to its end, at most so many bytes.
pub(super) fn read_all(file: File, most: u64) -> ReadResult<Vec<u8>> {
    let length = usize::try_from(length(&file)?.min(most)).unwrap_or(0);
    // A file of procfs has no length, and a kernel parameter is told by the first read alone.
    let room = if length == 0 { PIECE } else { length + 1 };
    to_end(&file, room, most, |read| length > 0 && read == length)
}

fn length(file: &File) -> ReadResult<u64> {
    let meta = file.metadata().map_err(|e| missing(&e))?;
    if meta.is_file() {
        Ok(meta.len())
    } else {
        Err(Missing::Malformed(format!("there is a {} in place of the file", kind_name(&meta))))
    }
}

/// Reads until there is no more, or what was read is the whole for sure.
fn to_end(
    file: &File,
    room: usize,
    most: u64,
    whole: impl Fn(usize) -> bool,
) -> ReadResult<Vec<u8>> {
    let mut bytes = Vec::with_capacity(room);
    loop {
        match rustix::io::read(file, spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(bytes),
            Ok(_) => {}
            Err(Raw::INTR) => continue,
            Err(error) => return Err(missing(&error.into())),
        }
        if bytes.len() as u64 > most {
            return Err(Missing::Malformed(format!("larger than {most} bytes")));
        }
        if bytes.len() == bytes.capacity() {
            bytes.reserve(bytes.len().max(PIECE));
        } else if whole(bytes.len()) {
            return Ok(bytes);
        }
    }
}

/// The release of the kernel.
const OSRELEASE: &str = "/proc/sys/kernel/osrelease";

/// What is below it is in no procfs.
const WORKING_DIR: &str = "/proc/self/cwd/";

/// Most files of procfs are shorter.
const PIECE: usize = 8 << 10;

fn kind_name(meta: &std::fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = meta.file_type();
    if kind.is_dir() {
        "directory"
    } else if kind.is_fifo() {
        "FIFO"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    }
}

pub(super) fn stat_of(meta: &std::fs::Metadata, file_caps: bool) -> Stat {
    use std::os::unix::fs::FileTypeExt;
    let kind = match meta.file_type() {
        t if t.is_file() => FileKind::File,
        t if t.is_dir() => FileKind::Directory,
        t if t.is_socket() => FileKind::Socket,
        _ => FileKind::Other,
    };
    Stat {
        kind,
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: Some(meta.gid()),
        file_caps,
        id: Some((meta.dev(), meta.ino())),
    }
}

/// How files are opened: never blocking on a FIFO, never becoming the terminal's owner.
pub(super) const OPEN: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

impl Source for Live {
    fn read(&self, path: &str) -> ReadResult<Vec<u8>> {
        if path == OSRELEASE
            && let Some(value) = sysctl::read("kernel.osrelease")
        {
            return Ok(value);
        }
        let (below, most) = (|dir| path.starts_with(dir), max_size(path));
        let flags = OPEN.union(OFlags::RDONLY);
        let file = openat(CWD, path, flags, Mode::empty()).map_err(|e| missing(&e.into()))?;
        let file = File::from(file);
        if !below("/proc/") && !below("/sys/") {
            return read_all(file, most);
        }
        // The kernel's own files have no length. Those of one record are read by one call that has
        // room for it (fs/seq_file.c, single_open()); mounts and maps are a record a line. A device
        // that is mounted over one to hide it is empty.
        let records = path.ends_with("/mountinfo") || path.ends_with("_map") || below(WORKING_DIR);
        let mut bytes = to_end(&file, PIECE, most, |_| !records)?;
        bytes.shrink_to_fit();
        if bytes.is_empty() { length(&file).map(|_| bytes) } else { Ok(bytes) }
    }

    fn read_link(&self, path: &str) -> ReadResult<String> {
        std::fs::read_link(path)
            .map(|target| target.to_string_lossy().into_owned())
            .map_err(|e| missing(&e))
    }

    fn stat(&self, path: &str) -> ReadResult<Stat> {
        if let Some((dir, name)) = path.rsplit_once('/')
            && let Some(names) = self.listed.borrow().get(dir)
            && !names.iter().any(|known| known == name)
        {
            return Err(Missing::Absent);
        }
        let meta = std::fs::metadata(path).map_err(|e| missing(&e))?;
        let caps = meta.is_file() && meta.mode() & 0o111 != 0 && {
            let mut none: [u8; 0] = [];
            rustix::fs::getxattr(
                OsStr::from_bytes(path.as_bytes()),
                "security.capability",
                &mut none,
            )
            .is_ok_and(|n| n > 0)
        };
        Ok(stat_of(&meta, caps))
    }

    fn list(&self, path: &str) -> ReadResult<Vec<String>> {
        names_in(open_dir(path)?)
    }

    fn expect(&self, dir: &str) -> bool {
        /// What holds more names is looked into name by name.
        const SMALL: u64 = 4096;
        let names = match std::fs::metadata(dir).map_err(|e| missing(&e)) {
            Err(Missing::Absent) => Some(vec![]),
            Ok(meta) if meta.is_dir() => {
                let (id, mut known) = ((meta.dev(), meta.ino()), self.expected.borrow_mut());
                if known.contains(&id) {
                    return false;
                }
                known.push(id);
                if meta.len() <= SMALL { self.list(dir).ok() } else { None }
            }
            _ => None,
        };
        if let Some(names) = names {
            self.listed.borrow_mut().insert(dir.to_owned(), names);
        }
        true
    }

    fn env(&self, name: &str) -> ReadResult<String> {
        std::env::var_os(name)
            .map(|value| value.to_string_lossy().into_owned())
            .ok_or(Missing::Absent)
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each question")]
    fn ask(&self, question: &Question) -> ReadResult<String> {
        let failed = |raw: i32| match Errno::from_raw(raw) {
            Errno::EPERM | Errno::EACCES => Missing::Denied,
            Errno::ENOENT => Missing::Absent,
            _ => Missing::Unsupported,
        };
        let answer = |met: Result<(), Raw>| match met {
            Ok(()) => "ok".to_owned(),
            Err(error) => Errno::from_raw(error.raw_os_error()).name().to_owned(),
        };
        let refused = |error: Raw| failed(error.raw_os_error());
        match question {
            Question::Ids => Ok(format!(
                "{} {}",
                rustix::process::geteuid().as_raw(),
                rustix::process::getegid().as_raw()
            )),
            Question::Capabilities => rustix::thread::capabilities(None)
                .map(|sets| format!("{:016x}", sets.effective.bits()))
                .map_err(refused),
            Question::Dumpable => rustix::process::dumpable_behavior()
                .map(|d| (d as i32).to_string())
                .map_err(refused),
            Question::SecureBits => rustix::thread::capabilities_secure_bits()
                .map(|b| b.bits().to_string())
                .map_err(refused),
            Question::Seccomp => rustix::thread::secure_computing_mode()
                .map(|mode| (mode as i32).to_string())
                .map_err(refused),
            Question::NoNewPrivs => {
                rustix::thread::no_new_privs().map(|on| u8::from(on).to_string()).map_err(refused)
            }
            Question::RlimitNproc => {
                let limit = sys::getrlimit(rustix::process::Resource::Nproc);
                let [soft, _] = limit.map_err(|_| Missing::Denied)?;
                Ok(if soft == u64::MAX { "unlimited".to_owned() } else { soft.to_string() })
            }
            Question::ProcFsType => {
                let fs = rustix::fs::statfs("/proc").map_err(refused)?;
                Ok(if fs.f_type == PROC_SUPER_MAGIC {
                    "proc".into()
                } else {
                    format!("{:#x}", fs.f_type)
                })
            }
            Question::RootIsMount => {
                use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
                let stat =
                    statx(CWD, "/", AtFlags::empty(), StatxFlags::empty()).map_err(refused)?;
                let told = stat.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT);
                told.then(|| stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT).to_string())
                    .ok_or(Missing::Unsupported)
            }
            Question::KernelOwner => [("/proc", PROC_SUPER_MAGIC), ("/sys", SYSFS_MAGIC)]
                .into_iter()
                .filter(|(path, kind)| rustix::fs::statfs(*path).is_ok_and(|fs| fs.f_type == *kind))
                .find_map(|(path, _)| Some(rustix::fs::stat(path).ok()?.st_uid.to_string()))
                .ok_or(Missing::Absent),
            Question::OwnStorage => Ok(answer(crate::probe::own_dirs::storage())),
            Question::OwnRunDir => Ok(answer(crate::probe::own_dirs::run_dir())),
            Question::WorkingDir => Ok(answer(crate::probe::own_dirs::working_dir())),
            Question::OwnedHere(kind) => {
                sys::owned_here(kind).map(|here| here.to_string()).map_err(failed)
            }
            Question::MountNamespaceSize => {
                sys::mount_namespace_size().map(|n| n.to_string()).map_err(failed)
            }
            Question::RootFromOutside => crate::probe::questions::root_from_outside(),
            Question::Fork => Ok(match sys::fork() {
                Ok(sys::Fork::Child) => sys::exit(0),
                Ok(sys::Fork::Parent(pid)) => {
                    let _ = crate::probe::wait::reap(pid, std::time::Duration::from_secs(2));
                    "ok".into()
                }
                Err(raw) => Errno::from_raw(raw).name().into(),
            }),
            Question::Uname => {
                let uname = rustix::system::uname();
                let text = |c: &std::ffi::CStr| c.to_string_lossy().replace(' ', "_");
                Ok(format!(
                    "{} {} {}",
                    text(uname.sysname()),
                    text(uname.release()),
                    text(uname.machine())
                ))
            }
            Question::Version { path, trusted } => crate::probe::version(path, *trusted),
            Question::PolicyGrants(class, permissions) => {
                super::selinux::grants(class, permissions)
                    .map(|yes| yes.to_string())
                    .map_err(failed)
            }
            Question::DockerdAt(socket) => super::docker_socket::command_line(socket),
            Question::DockerInfo(socket) => super::docker_socket::info(socket),
            Question::Unshare(_)
            | Question::Clone(_)
            | Question::Clone3
            | Question::MountNowhere(_)
            | Question::NameNothing(_)
            | Question::JoinNowhere
            | Question::Socket(_)
            | Question::Unchanged(_)
            | Question::UmountNowhere
            | Question::ChrootNowhere
            | Question::KeyctlNothing
            | Question::IdmapAt(_)
            | Question::IdmapTmpfs
            | Question::PivotNowhere => self
                .ask_all(std::slice::from_ref(question))
                .pop()
                .unwrap_or(Err(Missing::NotProbed)),
        }
    }

    fn ask_all(&self, questions: &[Question]) -> Vec<ReadResult<String>> {
        crate::probe::questions::ask(questions)
    }

    fn kind(&self) -> SourceKind {
        SourceKind::Live
    }
}

/// include/uapi/linux/magic.h
const PROC_SUPER_MAGIC: rustix::fs::FsWord = 0x9fa0;
/// The type of a sysfs.
const SYSFS_MAGIC: rustix::fs::FsWord = 0x6265_6572;
