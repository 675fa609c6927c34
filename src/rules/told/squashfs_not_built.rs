use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "squashfs-not-built",
    steps: &[Step::Propagation, Step::NewRoot],
    errnos: &[Errno::ENODEV],
    title: "the kernel has no squashfs, as which the image or the snap is mounted",
    docs: include_str!("squashfs_not_built.md"),
    texts: Texts {
        common: 5,
        marks: &[
            // Apptainer's, and Singularity's; lines may have been cut.
            "squashfs fil\u{2026}seems not enabled",
            "type 'squashfs'",
            "type 'squashfs'",
            "type \"squashfs\"",
            "type squashfs",
            "# config_squashfs is not set",
            "squashfs: no such device",
            "squashfs is not supported",
            "squashfs not supported",
            "does not support squashfs",
        ],
        hints: &["modprobe", "snapd", "snap install", "singularity", "apptainer"],
        ask: ask("modprobe squashfs; grep squashfs /proc/filesystems", "nothing"),
        // Of one that is there, the kernel says who may not mount it.
        weigh: |text, _| {
            let lacking = [
                "unknown filesystem",
                "not enabled",
                "not supported",
                "no such device",
                "not support",
                "is not set",
                "\u{43d}\u{435}\u{438}\u{437}\u{432}\u{435}\u{441}\u{442}\u{43d}",
            ];
            lacking.iter().any(|word| text.has(word)).then_some(20)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
