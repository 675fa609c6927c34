//! Writing a file so that nothing is lost, whatever happens meanwhile: the new content goes into a
//! file beside it, which takes its place once it is on the disk. Nobody ever finds half of it.

#[cfg(target_os = "linux")]
pub(crate) use linux::replace;

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsString;
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::fs::MetadataExt;
    use std::path::{Path, PathBuf};

    use rustix::fs::{self, Mode, OFlags};
    use rustix::io::Errno;

    /// How many links lead to a file at most, as in the kernel (MAXSYMLINKS).
    const MOST_LINKS: usize = 40;
    /// The longest value of an attribute (XATTR_SIZE_MAX).
    const MOST_ATTRIBUTE: usize = 64 << 10;

    /// Gives a file another content. `was` is what was read from it, which it still has to hold; a
    /// file that was not read may be new. Its mode, owner and attributes stay, and so do the links
    /// that lead to it. What is no regular file is written to.
    ///
    /// # Errors
    /// When that cannot be done; the file is then as it was.
    pub(crate) fn replace(path: &Path, was: Option<&[u8]>, new: &[u8]) -> io::Result<()> {
        match std::fs::metadata(path) {
            Ok(meta) if was.is_none() && !meta.is_file() => {
                File::options().write(true).open(path).and_then(|mut file| file.write_all(new))
            }
            _ => in_place(path, was, new),
        }
    }

    fn in_place(path: &Path, was: Option<&[u8]>, new: &[u8]) -> io::Result<()> {
        let spot = FilePlace::of(path)?;
        let old = spot.open()?;
        if let Some(old) = &old {
            let meta = old.metadata()?;
            if !meta.is_file() {
                return Err(io::Error::other("not a regular file"));
            }
            if meta.nlink() > 1 {
                return Err(io::Error::other("it has other names, which would keep the old text"));
            }
        }
        let still = |old: Option<&File>| match (was, old) {
            (Some(was), Some(old)) if says(old, was)? => Ok(()),
            (Some(_), _) => Err(io::Error::other("it has changed since it was read")),
            (None, _) => Ok(()),
        };
        still(old.as_ref())?;
        let mut beside = Beside::new(&spot, old.is_some())?;
        beside.file.write_all(new)?;
        if let Some(old) = &old {
            copy_attributes(old, &beside.file)?;
        }
        beside.file.sync_all()?;
        let now = spot.open()?;
        let id = |file: &File| file.metadata().map(|meta| (meta.dev(), meta.ino()));
        if old.as_ref().map(id).transpose()? != now.as_ref().map(id).transpose()? {
            return Err(io::Error::other("another file has taken its place"));
        }
        still(now.as_ref())?;
        beside.take_place()?;
        // The name is on the disk once its directory is; some file systems cannot be asked.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if let Ok(dir) = fs::openat(&spot.dir, ".", flags, Mode::empty()) {
            let _ = fs::fsync(dir);
        }
        Ok(())
    }

    /// Where a file is: its directory, and its name there, which is no link.
    struct FilePlace {
        dir: OwnedFd,
        name: OsString,
    }

    impl FilePlace {
        fn of(path: &Path) -> io::Result<Self> {
            let mut path: PathBuf = path.to_owned();
            let mut from: Option<OwnedFd> = None;
            for _ in 0..MOST_LINKS {
                let name = path.file_name().ok_or(Errno::ISDIR)?.to_owned();
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                let parent = parent.unwrap_or(Path::new("."));
                let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
                let base = from.as_ref().map_or(fs::CWD, AsFd::as_fd);
                let dir = fs::openat(base, parent, flags, Mode::empty())?;
                match fs::readlinkat(&dir, &name, vec![]) {
                    Ok(target) => {
                        use std::os::unix::ffi::OsStringExt;
                        path = OsString::from_vec(target.into_bytes()).into();
                        from = Some(dir);
                    }
                    Err(Errno::INVAL | Errno::NOENT) => return Ok(Self { dir, name }),
                    Err(why) => return Err(why.into()),
                }
            }
            Err(Errno::LOOP.into())
        }

        /// The file, if there is one.
        fn open(&self) -> io::Result<Option<File>> {
            let flags = OFlags::RDONLY
                | OFlags::NOFOLLOW
                | OFlags::NONBLOCK
                | OFlags::NOCTTY
                | OFlags::CLOEXEC;
            match fs::openat(&self.dir, &self.name, flags, Mode::empty()) {
                Ok(file) => Ok(Some(file.into())),
                Err(Errno::NOENT) => Ok(None),
                Err(why) => Err(why.into()),
            }
        }
    }

    /// A file beside another, which goes unless it takes its place.
    struct Beside<'a> {
        spot: &'a FilePlace,
        name: String,
        file: File,
        stays: bool,
    }

    impl<'a> Beside<'a> {
        fn new(spot: &'a FilePlace, secret: bool) -> io::Result<Self> {
            let flags =
                OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            // Before it has the mode of what it replaces, nobody else may read it.
            let mode = Mode::from_raw_mode(if secret { 0o600 } else { 0o666 });
            let mut last = Errno::EXIST;
            for number in 0..100 {
                let name = format!(".isodoc-{}-{number}.tmp", std::process::id());
                match fs::openat(&spot.dir, &name, flags, mode) {
                    Ok(file) => return Ok(Self { spot, name, file: file.into(), stays: false }),
                    Err(why @ Errno::EXIST) => last = why,
                    Err(why) => return Err(why.into()),
                }
            }
            Err(last.into())
        }

        fn take_place(mut self) -> io::Result<()> {
            let dir = &self.spot.dir;
            fs::renameat(dir, &self.name, dir, &self.spot.name)?;
            self.stays = true;
            Ok(())
        }
    }

    impl Drop for Beside<'_> {
        fn drop(&mut self) {
            if !self.stays {
                let _ = fs::unlinkat(&self.spot.dir, &self.name, fs::AtFlags::empty());
            }
        }
    }

    /// Whether a file holds these bytes.
    fn says(mut file: &File, bytes: &[u8]) -> io::Result<bool> {
        let mut now = Vec::with_capacity(bytes.len() + 1);
        io::Seek::rewind(&mut file)?;
        file.take(bytes.len() as u64 + 1).read_to_end(&mut now)?;
        Ok(now == bytes)
    }

    /// Gives a file the owner, the mode and the attributes of another. The owner comes first: a
    /// change of it takes bits from the mode.
    fn copy_attributes(from: &File, to: &File) -> io::Result<()> {
        let (of, own) = (from.metadata()?, to.metadata()?);
        if (of.uid(), of.gid()) != (own.uid(), own.gid()) {
            std::os::unix::fs::fchown(to, Some(of.uid()), Some(of.gid())).map_err(|why| {
                io::Error::other(format!("it would belong to somebody else ({why})"))
            })?;
        }
        fs::fchmod(to, Mode::from_raw_mode(of.mode() & 0o7777))?;
        let mut names = vec![0; MOST_ATTRIBUTE];
        let length = match fs::flistxattr(from, &mut names) {
            Ok(length) => length,
            // Not every file system has them.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(()),
            Err(why) => return Err(why.into()),
        };
        let names = names.get(..length).unwrap_or_default();
        for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            let value = |file: &File| -> io::Result<Vec<u8>> {
                let mut value = vec![0; MOST_ATTRIBUTE];
                let length = fs::fgetxattr(file, name, &mut value)?;
                value.truncate(length);
                Ok(value)
            };
            let wanted = value(from)?;
            // A label that the kernel has given already need not be given.
            if value(to).ok().as_ref() != Some(&wanted) {
                fs::fsetxattr(to, name, &wanted, fs::XattrFlags::empty()).map_err(|why| {
                    let name = String::from_utf8_lossy(name);
                    io::Error::other(format!("its attribute {name} cannot be kept ({why})"))
                })?;
            }
        }
        Ok(())
    }
}

/// The same without what only Linux has: links, owner and attributes are left to the system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn replace(
    path: &std::path::Path,
    was: Option<&[u8]>,
    new: &[u8],
) -> std::io::Result<()> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(was) = was
        && std::fs::read(&path)? != was
    {
        return Err(std::io::Error::other("it has changed since it was read"));
    }
    let beside = path.with_extension(format!("isodoc-{}.tmp", std::process::id()));
    std::fs::write(&beside, new).and_then(|()| std::fs::rename(&beside, &path))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A directory of its own.
    fn directory(name: &str) -> std::path::PathBuf {
        let dir = std::env::temp_dir().join(format!("isodoc-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        assert!(fs::create_dir_all(&dir).is_ok());
        dir
    }

    #[test]
    fn what_has_changed_meanwhile_is_left_alone() {
        let dir = directory("replace-changed");
        let file = dir.join("a");
        for now in ["as it was, and more", "as it", "", "others"] {
            fs::write(&file, now).unwrap();
            let why = replace(&file, Some(b"as it was"), b"new").unwrap_err();
            assert!(why.to_string().contains("changed"), "{why}");
            assert_eq!(fs::read_to_string(&file).unwrap(), now);
        }
        fs::remove_file(&file).unwrap();
        assert!(replace(&file, Some(b"as it was"), b"new").is_err() && !file.exists());
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0, "nothing is left beside it");
        symlink("a", dir.join("a")).unwrap();
        assert!(replace(&file, None, b"new").is_err(), "a link to itself");
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn links_lead_to_what_is_replaced() {
        let dir = directory("replace-links");
        fs::create_dir(dir.join("real")).unwrap();
        symlink("real/../real/new", dir.join("one")).unwrap();
        symlink(dir.join("one"), dir.join("two")).unwrap();
        replace(&dir.join("two"), None, b"first").unwrap();
        fs::set_permissions(dir.join("real/new"), fs::Permissions::from_mode(0o640)).unwrap();
        replace(&dir.join("two"), Some(b"first"), b"second").unwrap();
        assert_eq!(fs::read_to_string(dir.join("real/new")).unwrap(), "second");
        let mode = fs::metadata(dir.join("real/new")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o640);
        assert!(dir.join("one").is_symlink() && dir.join("two").is_symlink());
        fs::remove_dir_all(dir).unwrap();
    }
}
