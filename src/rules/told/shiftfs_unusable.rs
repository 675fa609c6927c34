use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "shiftfs-unusable",
    steps: &[Step::NewRoot],
    errnos: &[Errno::EOVERFLOW],
    title: "Sysbox needs shiftfs, which this kernel lacks, or has in a broken version",
    docs: include_str!("shiftfs_unusable.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "/shiftfs/\u{2026}value too large",
            "shiftfs module is not loaded",
            "requires user-id shifting",
            // sysbox-runc's, of a file of the engine that it could not shift.
            "switching docker dns\u{2026}permission denied",
        ],
        hints: &["sysbox", "5.15"],
        ask: ask("uname -r; lsmod | grep shiftfs", "5.15 and shiftfs, or no shiftfs below 5.19"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
