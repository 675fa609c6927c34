//! A virtual machine: QEMU with a kernel, an initramfs, and a serial port for what the guest
//! reports.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::architecture::Architecture;
use super::guest::Report;
use crate::run::Lab;

/// How long a guest may report nothing.
const PATIENCE: Duration = Duration::from_secs(240);

/// A machine that has yet to be started.
pub struct Machine<'a> {
    /// Where its files go.
    pub lab: &'a Lab,
    /// What is emulated.
    pub architecture: &'static Architecture,
    /// The kernel.
    pub kernel: &'a Path,
    /// The initramfs.
    pub initramfs: &'a Path,
    /// Its memory, in MiB.
    pub memory: u32,
    /// What the kernel is told besides.
    pub boot: &'static str,
}

/// A running QEMU; killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Machine<'_> {
    fn start(&self, console: &Path, reports: &Path) -> Result<Running, String> {
        let serial = |path: &Path| format!("file:{}", path.display());
        let Architecture { qemu: (qemu, _), machine, serial: [port, _], .. } = self.architecture;
        // Plain emulation everywhere: what a machine gives may not hang on what the host's
        // processor can do.
        let child = Command::new("/proc/self/exe")
            .args(["leash", qemu, "-accel", "tcg"])
            .args(*machine)
            .args(["-smp", "1", "-m", &self.memory.to_string()])
            .args(["-nic", "none", "-display", "none", "-monitor", "none", "-no-reboot"])
            .args(["-serial", &serial(console), "-serial", &serial(reports)])
            .arg("-kernel")
            .arg(self.kernel)
            .arg("-initrd")
            .arg(self.initramfs)
            .arg("-append")
            .arg(format!(
                "console={port} panic=-1 quiet loglevel=3 mitigations=off {} rdinit=/lab/lab -- init",
                self.boot
            ))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(console.with_extension("qemu")).map_err(|e| e.to_string())?)
            .spawn();
        child.map(Running).map_err(|e| format!("{qemu}: {e}"))
    }

    /// Runs it until it says that it is done, ends or falls silent. Gives `None` when it is done,
    /// else its last words.
    pub fn run(&self, mut heard: impl FnMut(Report)) -> Option<String> {
        let (console, reports) = (self.lab.unused("console"), self.lab.unused("reports"));
        let mut running = match self.start(&console, &reports) {
            Ok(running) => running,
            Err(why) => return Some(why),
        };
        let (mut read, mut rest) = (0, String::new());
        let mut last = Instant::now();
        loop {
            let ended = !matches!(running.0.try_wait(), Ok(None));
            let new = since(&reports, &mut read);
            if !new.is_empty() {
                last = Instant::now();
                rest.push_str(&new);
            }
            while let Some((line, after)) = rest.split_once('\n') {
                match serde_json::from_str(line.trim()) {
                    Ok(Report::Done) => return None,
                    Ok(report) => heard(report),
                    // A line that a crash cut short.
                    Err(_) => {}
                }
                rest = after.to_owned();
            }
            if ended || last.elapsed() > PATIENCE {
                let why = if ended { "the machine ended" } else { "the machine fell silent" };
                return Some(format!("{why}: {}", last_words(&console)));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// What was appended to a file since the last look.
fn since(path: &Path, read: &mut u64) -> String {
    let mut bytes = vec![];
    if let Ok(mut file) = fs::File::open(path) {
        let _ = file.seek(SeekFrom::Start(*read)).and_then(|_| file.read_to_end(&mut bytes));
    }
    *read += bytes.len() as u64;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn last_words(console: &Path) -> String {
    let text = String::from_utf8_lossy(&fs::read(console).unwrap_or_default()).into_owned();
    let panic = text.lines().find(|line| line.contains("Kernel panic") || line.contains("BUG:"));
    panic.or(text.lines().last()).unwrap_or("").trim().to_owned()
}
