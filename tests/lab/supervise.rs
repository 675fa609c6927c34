//! Whoever is left when the lab is interrupted, and cleans up after it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::run::{no_process_left, remove};
use crate::sys;

/// Does the work in a child, and cleans up when that has ended or is to end. What the child has
/// started ends with it.
pub fn supervised(work: impl FnOnce() -> i32) -> i32 {
    sys::note_interrupts();
    let _ = sys::adopt_orphans();
    let child = match sys::fork() {
        Ok(0) => {
            sys::heed_interrupts();
            let _ = sys::die_with_parent();
            std::process::exit(work())
        }
        Ok(child) => child,
        Err(why) => {
            eprintln!("lab: {}", why.0);
            return 1;
        }
    };
    let code = loop {
        if let Some(code) = sys::ended(child) {
            break code;
        }
        if sys::interrupted() {
            let _ = sys::kill(child);
            while sys::ended(child).is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            // Its own children are told by the kernel, and become ours.
            let _ = no_process_left();
            break 130;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    sweep();
    code
}

/// Removes what labs that have ended left behind: their directories and control groups.
fn sweep() {
    let leftovers = |dir: &Path| {
        let names = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
        names.filter(|path| is_of_dead_lab(path)).collect::<Vec<_>>()
    };
    for dir in leftovers(&std::env::temp_dir()) {
        remove(&dir, 0);
    }
    let controllers =
        fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten().map(|entry| entry.path());
    for base in controllers.chain([Path::new("/sys/fs/cgroup").to_owned()]) {
        for group in leftovers(&base) {
            let _ = fs::remove_dir(group);
        }
    }
}

/// Whether a path bears the name of a lab whose process is gone.
fn is_of_dead_lab(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let pid = name.strip_prefix("isodoc-lab-").and_then(|pid| pid.parse::<u32>().ok());
    pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists())
}
