use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "fuse-mount-refused",
    steps: &[Step::NewRoot],
    errnos: &[Errno::EPERM],
    title: "the kernel lets no user namespace mount FUSE: it is older than 4.18",
    docs: include_str!("fuse_mount_refused.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "fusermount3: mount failed: operation not permitted",
            "fusermount: mount failed: operation not permitted",
            "fusermount error may indicate that the kernel",
        ],
        hints: &["squashfuse", "fuse-overlayfs", "fuse2fs"],
        places: &[Sign::Rhel7],
        ask: ask("uname -r", "less than 4.18"),
        // Elsewhere a container is not allowed to mount.
        weigh: |text, _| {
            let on_host = text.has("fuse-overlayfs") && !text.in_container();
            let program = text.by == Some(Teller::Apptainer) || text.has("squashfuse") || on_host;
            match text.kernel {
                Some(kernel) => (kernel < (4, 18)).then_some(30),
                None if text.is(Sign::Rhel7) => Some(30),
                None => program.then_some(10),
            }
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
