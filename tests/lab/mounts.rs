//! The mounts that the lab runs in.

use crate::run::Lab;
use crate::sys;

/// The lab, in mounts of its own, so that only what the lab does is seen; shared, so that all of it
/// is. There is no procfs in them but that on `/proc`: the kernel lets a new one be mounted,
/// however `/proc` is masked, where another one is whole (`mount_too_revealing` in fs/namespace.c).
pub fn with_lab<T>(run: impl FnOnce(&Lab) -> T) -> std::io::Result<(Lab, T)> {
    let lab = Lab::new()?;
    let _ = sys::adopt_orphans();
    // A user without privilege stays in those of the machine.
    let _ = sys::unshare(libc::CLONE_NEWNS).and_then(|()| {
        sys::mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
        for path in other_procfs().iter().rev() {
            let _ = sys::umount(path);
        }
        sys::mount("none", "/", "", libc::MS_REC | libc::MS_SHARED, "")
    });
    let value = run(&lab);
    Ok((lab, value))
}

/// Where a whole procfs is mounted besides `/proc`, in the order of the mounts.
pub fn other_procfs() -> Vec<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let elsewhere = |path: &String| path != "/proc" && !path.starts_with("/proc/");
    mounts.lines().filter_map(procfs).filter(elsewhere).collect()
}

/// The mount point of a line of mountinfo (proc_pid_mountinfo(5)) that is a whole procfs.
fn procfs(line: &str) -> Option<String> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(3);
    let (root, point) = (fields.next()?, fields.next()?);
    let whole = root == "/" && file_system.starts_with("proc ");
    let plain = || [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    whole.then(|| plain().iter().fold(point.to_owned(), |p, (from, to)| p.replace(from, to)))
}
