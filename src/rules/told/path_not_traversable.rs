use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "path-not-traversable",
    steps: &[Step::NewRoot],
    errnos: &[Errno::EACCES],
    title: "root of the user namespace cannot pass through a directory on the way",
    docs: include_str!("path_not_traversable.md"),
    texts: Texts {
        common: 5,
        marks: &[
            "please grant it x access",
            "a component is not accessible",
            "permission denied at /usr/bin/mmdebstrap",
            "permission denied - failed to open rootfs",
            "to rootfs at\u{2026}: stat /\u{2026}permission denied",
            "permission denied - could not access",
            "/overlay/\u{2026}/merged`\u{2026}permission denied",
            "/overlay-containers/\u{2026}permission denied",
            "open '/': permission denied",
            // A hook that lies where root of the pod's own user namespace does not come.
            "hook #\u{2026}fork/exec /\u{2026}permission denied",
        ],
        hints: &["unshare", "userns", "rootless", "subuid", "/home/", "hostusers: false"],
        places: &[Sign::Lxc, Sign::Podman],
        ask: ask("namei -l DIR", "a directory without x for others"),
        // Docker's userns-remap has a rule of its own.
        weigh: |text, _| {
            let remapped = text.is(Sign::UserNamespaceRemap);
            (text.has("permission denied") && !remapped).then_some(10)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
