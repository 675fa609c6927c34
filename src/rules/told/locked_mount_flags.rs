use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "locked-mount-flags",
    steps: &[Step::Propagation],
    errnos: &[Errno::EPERM],
    title: "a mount has nosuid, nodev, noexec or ro, which a user namespace cannot clear",
    docs: include_str!("locked_mount_flags.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "options:[rbind",
            "options:[bind",
            "\"remount(",
            "remount-private",
            "unable to apply mount flags",
            "can't remount\u{2026}not permitted",
            "flags: 0x1021",
            "flags: 0x5021",
            "flags=0x1021",
            "flags=0x1020",
            "flags=0x5020",
            "flags=0x5021",
            "mounting \"/\u{2026}to rootfs at\u{2026}operation not permitted",
            "remount root\u{2026}eperm",
            "flags=ms_remount",
            "flags=ms_rdonly|ms_remount|ms_bind",
            "ms_remount|ms_bind\u{2026}= -1 eperm",
            "readonly path /\u{2026}operation not permitted",
            "setting rootfs as readonly\u{2026}operation not permitted",
            "cannot clear locked flags",
            "cannot change locked atime flags",
            "remount `\u{2026}operation not permitted",
        ],
        hints: &["remount", "emptydir", "nosuid", "nodev"],
        ask: ask("findmnt -n -o OPTIONS -T DIR", "nosuid, nodev, noexec or ro"),
        // Where a path cannot be bound although all before it could be mounted.
        weigh: |text, _| {
            let refused = text.has("operation not permitted") || text.has("eperm");
            let rootless = ["rootless", "podman", "nosuid", "nodev", "noexec", "flags=0x5020"];
            let bound = text.has("to rootfs at") && rootless.iter().any(|word| text.has(word));
            refused.then_some(if bound { 20 } else { 0 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
