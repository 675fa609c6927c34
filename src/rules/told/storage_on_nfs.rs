use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "storage-on-nfs",
    steps: &[Step::SetIds],
    errnos: &[Errno::EPERM, Errno::EACCES],
    title: "the files are on a network share (NFS, CIFS), whose server lets nobody chown them",
    docs: include_str!("storage_on_nfs.md"),
    texts: Texts {
        common: 5,
        refuses: &[(Step::SetIds, &[Errno::EPERM, Errno::EACCES])],
        marks: &[
            "applylayer",
            "adding layer with blob",
            "backingfs=nfs",
            "lsetxattr ",
            "cannot chown ",
            "failed to chmod on ",
            "failed to chown on ",
            "restore current working directory",
            "network file system with user namespaces",
        ],
        ask: ask("findmnt -n -o FSTYPE -T ~/.local/share/containers", "nfs4"),
        weigh: |text, _| {
            let denied = ["operation not permitted", "permission denied", "not supported"];
            let share = ["nfs", "network file system", "cifs"].iter().any(|word| text.has(word));
            (share && denied.iter().any(|word| text.has(word))).then_some(20)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
