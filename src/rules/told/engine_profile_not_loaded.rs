use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "engine-profile-not-loaded",
    steps: &[Step::Exec],
    errnos: &[Errno::ENOENT, Errno::EACCES],
    title: "the AppArmor profile for the container cannot be loaded here, or does not exist",
    docs: include_str!("engine_profile_not_loaded.md"),
    texts: Texts {
        common: 6,
        marks: &[
            "profile could not be loaded",
            "failed to apply profile",
            "failed to apply apparmor profile",
            "set apparmor profile",
            "failed to load generated apparmor profile",
            "failed to run apparmor_parser",
            "apparmor_parser: unable to replace",
            "apparmor_parser: access denied",
            "apparmor_parser\u{2026}permission denied",
            "apparmor_parser\u{2026}executable file not found",
            "get apparmor_parser version",
            "load apparmor profile",
            "apparmor/profiles: permission denied",
            "apparmor profile was loaded",
            "attr/apparmor/exec",
            "attr/exec: no such file",
            "specified but not loaded",
            "apparmor profile not found",
            "enforce apparmor: profile",
            "apparmor\u{2026}is not loaded",
            "apparmor profile \"\u{2026}\" not loaded",
            "failed to set apparmor label",
            "failed to change apparmor profile",
            "creating apparmor namespace",
            "prepare apparmor profile change",
            "at step apparmor",
        ],
        hints: &["docker-default", "crun-default", "cri-containerd", "apparmor_parser"],
        places: &[Sign::Lxc, Sign::AppArmor],
        ask: ask("systemd-detect-virt -c; aa-status", "lxc, or no such profile"),
        // Where the profile is there, and this process is not allowed to change to it.
        weigh: |text, _| {
            let denied = ["attr/exec: permission denied", "attr/apparmor/exec: permission denied"];
            let change = i32::from(denied.iter().any(|word| text.has(word))) * 20;
            (!text.has("snap-confine")).then_some(20 - change)
        },
        ..Texts::NONE
    },
    ..Rule::TOLD
};
