use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "files-of-unmapped-owner",
    steps: &[Step::Start],
    errnos: &[Errno::EACCES, Errno::EPERM],
    title: "the files belong to a user that the container's user namespace does not map",
    docs: include_str!("files_of_unmapped_owner.md"),
    texts: Texts {
        common: 4,
        marks: &[
            " nobody nogroup ",
            " nobody nobody ",
            " 65534 65534 ",
            "nfsnobody",
            "create mountpoint for\u{2026}permission denied",
            "is owned by uid 65534",
        ],
        hints: &["userns-remap", "keep-id", "rootless", "bind mount", "volume"],
        ask: ask("ls -ln DIR; cat /proc/self/uid_map", "65534 within the container"),
        weigh: |text, _| {
            let refused = ["permission denied", "operation not permitted"];
            let mapped = [
                "userns-remap", "keep-id", "rootless", "podman", "unprivileged", "idmap",
                "hostusers", "user-namespaced",
            ];
            let told = [&refused[..], &mapped[..]]
                .iter()
                .all(|words| words.iter().any(|word| text.has(word)));
            // As sudo(8) refuses its own files.
            let told = told || text.has("is owned by uid 65534");
            // What was refused elsewhere counts more.
            told.then_some(if text.step.is_some() { -40 } else { 0 })
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
