use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "file-capabilities-not-set",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM, Errno::EOPNOTSUPP],
    title: "a file cannot be given capabilities: the container or its file system forbids it",
    docs: include_str!("file_capabilities_not_set.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "cap_set_file",
            "\"security.capability\" attribute",
            "security.capability\u{2026}not permitted",
            "security.capability\u{2026}not supported",
            "security.capability: ",
            "set capabilities on file",
            "setcap: ",
        ],
        hints: &["setfcap", "unpacking of archive", "suexec", "iputils"],
        places: &[Sign::OpenShift, Sign::CapsDropped, Sign::Container],
        confirm: "bit 31 of CapEff in /proc/self/status is clear, or `setcap` fails there as root",
        ask: ask("grep CapEff /proc/self/status", "no bit 31 (0x80000000)"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
