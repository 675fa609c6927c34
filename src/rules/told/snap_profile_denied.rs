use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "snap-profile-denied",
    steps: &[Step::Exec],
    errnos: &[Errno::EACCES],
    title: "the program is a snap, and the profile of the snap denies what it needs",
    docs: include_str!("snap_profile_denied.md"),
    texts: Texts {
        common: 4,
        marks: &["apparmor=\"denied\"\u{2026}profile=\"snap."],
        hints: &["snap", "snapd"],
        ask: ask("sudo dmesg | grep 'profile=\"snap'", "apparmor=\"DENIED\""),
        // Snaps are denied much that they can do without: what was refused elsewhere counts more.
        weigh: |text, _| Some(if text.step.is_some() { -40 } else { 10 }),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
