use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "snap-confine-unconfined",
    steps: &[Step::Exec],
    errnos: &[Errno::EPERM],
    title: "snap-confine needs AppArmor profiles, and they are not loaded or cannot be entered here",
    docs: include_str!("snap_confine_unconfined.md"),
    texts: Texts {
        common: 7,
        marks: &[
            "snap-confine has elevated permissions",
            "aa_is_enabled() failed",
            "cannot execute snap-update-ns",
            "snap-confine\"\u{2026}snap-update-ns",
            "apparmor detected but insufficient permissions",
        ],
        hints: &["snapd", "security.nesting"],
        places: &[Sign::Lxc],
        ask: ask("sudo aa-status | grep snap-confine", "nothing"),
        ..Texts::NONE
    },
    ..Rule::TOLD
};
