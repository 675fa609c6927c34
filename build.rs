//! Links the program statically against glibc, so that it can be copied into any container and
//! starts without a dynamic loader.
//!
//! rustc does that by `-C target-feature=+crt-static`, which a package cannot ask for: the flag
//! would have to stand in a configuration of cargo, which `cargo install --git` does not read. So
//! the linker is told: `-static-pie`, and in front of the directories of the system one in which the
//! names that rustc links dynamically (`libc.so`, `libgcc_s.so`, ...) are linker scripts that point
//! to the static archives. Other C libraries (musl) are static by themselves, other systems are
//! linked as they always are.

#![allow(clippy::print_stdout, reason = "that is how a build script talks to cargo")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_static = target("FEATURE").split(',').any(|feature| feature == "crt-static");
    if target("OS") != "linux" || target("ENV") != "gnu" || is_static {
        return;
    }
    let Some(archives) = Archives::find() else {
        println!(
            "cargo::error=libc.a was not found, which the static program is linked with: install \
             the static half of the C library (Debian: libc6-dev, Fedora: glibc-static)"
        );
        return;
    };
    let dir = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("static");
    if let Err(why) = archives.stand_in(&dir) {
        println!("cargo::error={}: {why}", dir.display());
        return;
    }
    // The program, and the lab, which is copied into containers too.
    for kind in ["bins", "tests"] {
        if starts_with_packed_relocations() {
            println!("cargo::rustc-link-arg-{kind}=-Wl,-z,pack-relative-relocs");
        }
        println!("cargo::rustc-link-arg-{kind}=-L{}", dir.display());
        println!("cargo::rustc-link-arg-{kind}=-static-pie");
    }
}

/// The static archives of the C library and the compiler.
struct Archives {
    /// What every library may need, in one group since they need each other.
    base: Vec<PathBuf>,
    math: PathBuf,
}

impl Archives {
    fn find() -> Option<Self> {
        let base = ["libgcc_eh.a", "libgcc.a", "libc.a"];
        Some(Self {
            base: base.into_iter().map(find).collect::<Option<_>>()?,
            math: find("libm.a")?,
        })
    }

    /// Writes a linker script in place of each library that the standard library names.
    fn stand_in(&self, dir: &Path) -> std::io::Result<()> {
        fs::create_dir_all(dir)?;
        let group = |files: &[PathBuf]| {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            format!("GROUP ( {} )\n", files.join(" "))
        };
        for name in ["c", "gcc_s", "util", "rt", "pthread", "dl"] {
            fs::write(dir.join(format!("lib{name}.so")), group(&self.base))?;
        }
        let mut math = vec![self.math.clone()];
        math.extend(self.base.iter().cloned());
        fs::write(dir.join("libm.so"), group(&math))
    }
}

/// Whether this C library relocates a program whose relocations are packed, as glibc does since 2.36.
/// They take 24 bytes each otherwise, a twentieth of the program.
fn starts_with_packed_relocations() -> bool {
    let marker = b"GLIBC_ABI_DT_RELR";
    find("libc.so.6")
        .and_then(|library| fs::read(library).ok())
        .is_some_and(|bytes| bytes.windows(marker.len()).any(|window| window == marker))
}

/// Where the C compiler that links has a library; it prints the bare name of one that it lacks.
fn find(library: &str) -> Option<PathBuf> {
    let compiler = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(compiler).arg(format!("-print-file-name={library}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then_some(path)
}
