use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "overlay-refused",
    steps: &[Step::NewRoot],
    errnos: &[Errno::EINVAL, Errno::EPERM],
    title: "overlayfs does not work on the file system that holds the images, or not for this user",
    docs: include_str!("overlay_refused.md"),
    texts: Texts {
        common: 6,
        marks: &[
            // containers/storage and dockerd, each release with other quotes; overlay2 as well.
            "overlay\u{2026} is not supported over",
            "backing file system is unsupported for this graph driver",
            "filesystem is formatted without d_type",
            "storage driver overlay2 failed: driver not supported",
            "kernel does not support overlay fs",
            "failed to mount overlay",
            "overlayfs is not supported",
            "error creating overlay mount",
            "overlayfs: upper fs does not support",
            "overlayfs: filesystem on",
            "'overlay' not found as a supported filesystem",
            "convert whiteout file",
            "lowerdir=\u{2026}invalid argument",
            "/overlay/\u{2026}/merged\u{2026}: invalid argument",
            "/overlay2/\u{2026}/merged\u{2026}: invalid argument",
            "make overlay mount on",
            "mount overlay filesystem",
            "unknown filesystem type 'overlay'",
            "unknown filesystem type \"overlay\"",
            "overlay: no such device",
            "module overlay not found",
            "fstype: overlay",
            "overlay.c: ovl_mount",
            "mounting overlay",
            "rootfs component: overlay",
            // containerd's, which prints every option of the mount between.
            "mount rootfs component &{overlay\u{2026}not permitted",
            "mount rootfs component &{overlay\u{2026}no such device",
            "type:overlay source:overlay\u{2026}not permitted",
            "on overlay, missing codepage",
            "type:'overlay'\u{2026}invalid argument",
        ],
        hints: &["fuse-overlayfs", "mount_program", "vfs", "storage driver"],
        confirm: "`findmnt -T` of the directory of the images says overlay, or the kernel is old",
        ask: ask("findmnt -n -o FSTYPE -T /var/lib/containers; uname -r", "overlay, or below 5.11"),
        // What fuse-overlayfs lacks is a device.
        // What is in use is not refused.
        weigh: |text, _| {
            let other = ["fuse device", "fuse: device", "resource busy", "is in-use"];
            (!other.iter().any(|word| text.has(word))).then_some(0)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
