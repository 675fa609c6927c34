//! The initramfs of the guests: this machine's programs, with their libraries, as a cpio archive in
//! the format `newc` (Documentation/driver-api/early-userspace/buffer-format.rst in the kernel
//! source). Archives may be concatenated.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::room::find;

const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// An archive that is being written.
#[derive(Default)]
pub struct Archive {
    bytes: Vec<u8>,
    entries: u32,
    names: BTreeSet<String>,
}

impl Archive {
    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        let name = path.trim_matches('/');
        if !self.names.insert(name.to_owned()) {
            return;
        }
        if let Some((parent, _)) = name.rsplit_once('/') {
            self.directory(parent);
        }
        self.entries += 1;
        let size = |n: usize| u32::try_from(n).expect("a file of less than 4 GiB");
        let numbers = [
            self.entries,
            mode,
            0,
            0,
            1,
            0,
            size(content.len()),
            0,
            0,
            0,
            0,
            size(name.len() + 1),
            0,
        ];
        self.bytes.extend_from_slice(b"070701");
        for number in numbers {
            self.bytes.extend_from_slice(format!("{number:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// A directory; those above it are made too.
    pub fn directory(&mut self, path: &str) {
        self.entry(path, DIRECTORY | 0o755, b"");
    }

    /// A file.
    pub fn file(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entry(path, FILE | mode, content);
    }

    /// A symbolic link.
    pub fn link(&mut self, path: &str, target: &str) {
        self.entry(path, LINK | 0o777, target.as_bytes());
    }

    /// A file of this machine, under the same mode.
    pub fn copy(&mut self, from: &Path, to: &str) -> Result<(), String> {
        let why = |e: std::io::Error| format!("{}: {e}", from.display());
        let mode = fs::metadata(from).map_err(why)?.permissions().mode() & 0o7777;
        self.file(&merged(to), mode, &fs::read(from).map_err(why)?);
        Ok(())
    }

    /// A directory of this machine with all that is in it.
    pub fn tree(&mut self, from: &Path, to: &str) -> Result<(), String> {
        for entry in fs::read_dir(from).map_err(|e| format!("{}: {e}", from.display()))?.flatten() {
            let (path, to) = (entry.path(), format!("{to}/{}", entry.file_name().display()));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.tree(&path, &to)?,
                Ok(kind) if kind.is_symlink() => {
                    self.link(
                        &to,
                        &fs::read_link(&path).map_err(|e| e.to_string())?.to_string_lossy(),
                    );
                }
                Ok(kind) if kind.is_file() => self.copy(&path, &to)?,
                // A guest has a devtmpfs; what /dev/zero holds has no end.
                _ => {}
            }
        }
        Ok(())
    }

    /// A program of this machine with the libraries that it is linked with.
    pub fn program(&mut self, name: &str) -> Result<(), String> {
        let program = find(name).ok_or_else(|| format!("no {name} in PATH"))?;
        self.copy(&program, &program.to_string_lossy())?;
        // A static program makes ldd(1) fail, and has none.
        let listed = Command::new("ldd").arg(&program).output().map_err(|e| format!("ldd: {e}"))?;
        for library in String::from_utf8_lossy(&listed.stdout)
            .split_whitespace()
            .filter(|word| word.starts_with('/'))
        {
            self.copy(Path::new(library), library)?;
        }
        Ok(())
    }

    /// The archive, whole.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, b"");
        self.bytes
    }
}

/// The path below /usr: there are links at the old places.
fn merged(path: &str) -> String {
    let old = ["/bin/", "/sbin/", "/lib/", "/lib64/"].iter().any(|dir| path.starts_with(dir));
    if old { format!("/usr{path}") } else { path.to_owned() }
}
