//! The architectures whose machines QEMU emulates, and of what a guest of each is made.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::fetch;
use crate::room::{find, thread_library};
use crate::run::Lab;

/// One of them.
pub struct Architecture {
    /// As Debian calls it.
    pub debian: &'static str,
    /// As Rust does.
    target: &'static str,
    /// As Debian calls the directory of its libraries.
    pub triplet: &'static str,
    /// Its dynamic loader, in that directory.
    pub loader: &'static str,
    /// The program that emulates it, and the package that brings it.
    pub qemu: (&'static str, &'static str),
    /// The machine and the processor.
    pub machine: &'static [&'static str],
    /// The serial ports: for what the kernel says, and for what the guest reports.
    pub serial: [&'static str; 2],
}

/// That of most.
pub static AMD64: Architecture = Architecture {
    debian: "amd64",
    target: "x86_64-unknown-linux-gnu",
    triplet: "x86_64-linux-gnu",
    loader: "ld-linux-x86-64.so.2",
    qemu: ("qemu-system-x86_64", "qemu-system-x86"),
    // Without cmpxchg16b, which QEMU 7.2 emulates wrongly: where an interrupt comes between it and
    // the jump after it, the flags are lost, and the kernel's slab allocator crashes (__kmalloc,
    // "double fault").
    machine: &["-cpu", "qemu64,-cx16"],
    serial: ["ttyS0", "ttyS1"],
};

/// That of Graviton, Ampere and Apple's.
pub static ARM64: Architecture = Architecture {
    debian: "arm64",
    target: "aarch64-unknown-linux-gnu",
    triplet: "aarch64-linux-gnu",
    loader: "ld-linux-aarch64.so.1",
    qemu: ("qemu-system-aarch64", "qemu-system-arm of 9.1 or later"),
    // Its second serial port is there since QEMU 9.1.
    machine: &["-machine", "virt", "-cpu", "neoverse-n1"],
    serial: ["ttyAMA0", "ttyAMA1"],
};

/// What the lab brings into a guest.
pub struct Tools {
    /// The lab.
    pub lab: PathBuf,
    /// isodoc.
    pub isodoc: PathBuf,
    /// The library that starts a thread, where there is a compiler.
    pub thread: Option<PathBuf>,
}

impl Architecture {
    /// That of this program.
    pub fn own() -> &'static Self {
        if cfg!(target_arch = "aarch64") { &ARM64 } else { &AMD64 }
    }

    /// Whether it is that of this program.
    pub fn is_own(&self) -> bool {
        std::ptr::eq(self, Self::own())
    }

    /// Why no machine of it can be started here.
    pub fn missing(&self) -> Option<String> {
        let (qemu, package) = self.qemu;
        find(qemu).is_none().then(|| format!("no {qemu} ({package})"))
    }

    /// The programs of a guest that has not those of this machine.
    pub fn root(&self) -> Result<Option<PathBuf>, String> {
        if self.is_own() {
            return Ok(None);
        }
        fetch::root(self)
            .map(Some)
            .ok_or_else(|| format!("no programs of {}; run tests/lab/setup", self.debian))
    }

    /// The lab and isodoc, compiled for it.
    pub fn tools(&self, lab: &Lab) -> Result<Tools, String> {
        let own = std::env::current_exe().map_err(|e| e.to_string())?;
        if self.is_own() {
            let thread = thread_library(&lab.dir, "cc").ok();
            return Ok(Tools { lab: own, isodoc: lab.isodoc.clone(), thread });
        }
        let compiler = format!("{}-gcc", self.triplet);
        if find(&compiler).is_none() {
            return Err(format!("no {compiler} (gcc-{})", self.triplet));
        }
        let variable = self.target.to_uppercase().replace('-', "_");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["test", "--no-run", "--locked", "--test", "lab", "--target", self.target])
            // Emulated processors are slow.
            .args(["--release", "--message-format", "json"])
            .env(format!("CARGO_TARGET_{variable}_LINKER"), &compiler)
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = cargo.output().map_err(|e| format!("cargo: {e}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("not compiled for {}: {}", self.target, said.trim()));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        Ok(Tools {
            lab: executable(&said, "lab")?,
            isodoc: executable(&said, "isodoc")?,
            thread: thread_library(&lab.dir, &compiler).ok(),
        })
    }
}

/// Where Cargo says that it has put a program.
fn executable(messages: &str, name: &str) -> Result<PathBuf, String> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(|file| Path::new(file).to_owned()))
        .ok_or_else(|| format!("Cargo made no {name}"))
}
