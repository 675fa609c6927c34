//! Which file systems of a node take id-mapped mounts: what the kernel answered, else by type.

use super::{Evidence, Fact, Facts, Reply};
use crate::parse::mountinfo::{Mount, holding};

/// What takes id-mapped mounts, and since which Linux (`FS_ALLOW_IDMAP` of its
/// `file_system_type`).
const TAKE: &[(&str, (u32, u32))] = &[
    ("ext4", (5, 12)),
    ("vfat", (5, 12)),
    ("xfs", (5, 12)),
    ("btrfs", (5, 15)),
    ("f2fs", (5, 18)),
    ("erofs", (5, 19)),
    ("squashfs", (6, 2)),
    ("tmpfs", (6, 3)),
];

/// What takes none, up to Linux 6.18.
const TAKE_NONE: &[&str] =
    &["9p", "cifs", "devtmpfs", "ext2", "ext3", "nfs", "nfs4", "overlay", "ramfs", "smb3"];

/// Whether a later Linux has what this one lacks for this type.
pub(crate) fn will_take(fs_type: &str) -> bool {
    TAKE.iter().any(|(name, _)| *name == fs_type)
}

/// Whether a type of file system takes id-mapped mounts on this kernel. Vendors bring what later
/// versions have to theirs, which the release does not show.
pub(crate) fn takes(fs_type: &str, facts: &Facts) -> Option<bool> {
    if TAKE_NONE.contains(&fs_type) {
        return Some(false);
    }
    let (_, (major, minor)) = TAKE.iter().find(|(name, _)| *name == fs_type)?;
    let release = facts.os.release.value()?;
    let of_vendor = release.text.contains(".el");
    let has = release.at_least(*major, *minor);
    (has || !of_vendor).then_some(has)
}

/// What stands for a tmpfs among the places, though it is none.
const TMPFS: &str = "tmpfs";

/// Each place whose files are shown under other owners in a pod: whether it takes that, and what
/// shows it. Where no place is known, neither is the answer.
pub(crate) fn places(facts: &Facts) -> Vec<(Option<bool>, Evidence)> {
    let node = &facts.node;
    let mut all: Vec<_> =
        node.directories.iter().map(|(path, reply)| place(facts, path, reply)).collect();
    all.push(match told(&node.tmpfs) {
        Some(takes) => (Some(takes), Evidence::at(&node.tmpfs, name(&node.tmpfs))),
        None => {
            let release = &facts.os.release;
            let kernel = release.field(|release| Some(format!("Linux {}", release.text)));
            (takes(TMPFS, facts), Evidence::new(TMPFS, Evidence::of(&kernel).value))
        }
    });
    if let Some(unknown) = Some(&node.snapshotter).filter(|name| !follows(name)) {
        all.push((None, Evidence::of(unknown)));
    }
    if node.directories.is_empty() {
        all.push((None, Evidence::of_doubt(&node.containerd)));
    }
    all
}

/// The directories that refuse it.
pub(crate) fn refusing(facts: &Facts) -> impl Iterator<Item = &str> {
    let refuses =
        move |(path, reply): &(&String, &Fact<Reply>)| place(facts, path, reply).0 == Some(false);
    facts.node.directories.iter().filter(refuses).map(|(path, _)| path.as_str())
}

/// Whether it is known what a snapshotter does: containerd's own chown(2) what they cannot map, and
/// overlayfs needs nothing but its file system.
fn follows(snapshotter: &Fact<String>) -> bool {
    const OWN: [&str; 6] = ["overlayfs", "native", "btrfs", "zfs", "devmapper", "blockfile"];
    snapshotter.value().is_none_or(|name| OWN.contains(&name.as_str()))
}

/// What the kernel answered, if it did.
fn told(reply: &Fact<Reply>) -> Option<bool> {
    match reply.value()? {
        Reply::Ok => Some(true),
        Reply::Refused(_) => Some(false),
        Reply::Killed => None,
    }
}

fn name(reply: &Fact<Reply>) -> &'static str {
    reply.value().map_or("", |reply| reply.name())
}

/// A place whose files are to be shown under other owners: what the kernel answered about it, else
/// what its file system is.
fn place(facts: &Facts, path: &str, reply: &Fact<Reply>) -> (Option<bool>, Evidence) {
    if let Some(takes) = told(reply) {
        let of = |mount: &Mount| format!(" ({} at {})", mount.fs_type, mount.target);
        let what = name(reply).to_owned() + &mount_of(facts, path).map_or_else(String::new, of);
        return (Some(takes), Evidence::at(reply, what));
    }
    let list = &facts.mounts.list;
    let Some(mounts) = list.value() else { return (None, Evidence::of_doubt(list)) };
    let Some(mount) = holding(mounts, path) else {
        return (None, Evidence::new(path, "on no mount that is seen"));
    };
    let kernel = facts.os.release.value().map_or("", |release| release.text.as_str());
    let what = format!("{} on Linux {kernel}", mount.fs_type);
    (takes(&mount.fs_type, facts), Evidence::new(path, what))
}

pub(crate) fn mount_of<'a>(facts: &'a Facts, path: &str) -> Option<&'a Mount> {
    holding(facts.mounts.list.value()?, path)
}
