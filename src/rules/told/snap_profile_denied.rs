use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "snap-profile-denied",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "the program is a snap, and the profile of the snap denies what it needs",
    docs: include_str!("snap_profile_denied.md"),
    texts: Texts {
        common: 4,
        marks: &["apparmor=\"denied\"\u{2026}profile=\"snap.", ": permission denied"],
        hints: &["snap", "snapd"],
        ask: ask("sudo dmesg | grep 'profile=\"snap'", "apparmor=\"DENIED\""),
        // Snaps are denied much that they can do without: what was refused elsewhere counts more.
        weigh: |text, _| {
            if text.has("profile=\"snap.") {
                return Some(if text.step.is_some() { -40 } else { 10 });
            }
            let engine =
                ["snap install docker", "/snap/bin/docker", "/snap/docker/", "docker snap"];
            let of_snap = engine.iter().any(|word| text.has(word)) && !text.has("docker.sock");
            (of_snap && text.step.is_none()).then_some(-20)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
